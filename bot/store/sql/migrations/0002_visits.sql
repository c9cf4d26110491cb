-- 2: treatments done, with what is planned after them and how they heal.

create table visits (
    contact integer not null references contacts (id) on delete cascade,
    id text not null,
    status text not null, -- unconfirmed -> ours | not_ours, open -> ended
    opened_at integer not null,
    body blob not null,
    primary key (contact, id)
) strict, without rowid;

create index alerts_open on alerts (raised_at) where status not in ('closed', 'withdrawn');
