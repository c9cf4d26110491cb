-- serves programs from schema 1 on
-- Deleted rows are to be overwritten soon, for they are keys: autovacuum looks after each one.

create table skin_clinic_keys.migrations (
    number bigint primary key,
    name text not null,
    applied_at bigint not null,
    serves_from bigint not null -- the oldest schema whose programs may run on this one
);

create table skin_clinic_keys.properties (
    name text collate "C" primary key,
    value text not null
);

-- Numbers are never used again; a gap is a key that nobody came for.
create sequence skin_clinic_keys.contact_numbers;

-- The key of a contact, wrapped by DATA_KEY.
create table skin_clinic_keys.contact_keys (
    contact bigint primary key,
    wrapped bytea not null
) with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

-- The key of one outbox row: a farewell. Gone once the row is sent or refused.
create table skin_clinic_keys.row_keys (
    outbox_row bigint primary key,
    wrapped bytea not null
) with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
