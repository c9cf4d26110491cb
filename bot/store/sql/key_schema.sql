-- The whole schema of the keys' file, as all its migrations make it (a test holds that).

create table properties (
    name text primary key,
    value text not null
) strict, without rowid;

create table migrations (
    number integer primary key,
    name text not null,
    applied_at integer not null
) strict;

-- The key of a contact, wrapped by DATA_KEY. Numbers are never used again; a gap is a key that nobody came for.
create table contact_keys (
    contact integer primary key autoincrement,
    wrapped blob not null
) strict;

-- The key of one outbox row: a farewell. Gone once the row is sent or refused.
create table row_keys (
    outbox_row integer primary key,
    wrapped blob not null
) strict;
