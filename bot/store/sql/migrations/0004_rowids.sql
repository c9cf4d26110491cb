-- 4: rowids for what has a body of kilobytes: whole rows stood in the inner pages of the tree, a few on each, and a million
-- people made it ten pages deep.

drop index alerts_open;

alter table sessions rename to sessions_before;

create table sessions (
    contact integer not null references contacts (id) on delete cascade,
    id text not null,
    -- waiting -> completed | expired | cancelled | failed
    status text not null check (status in ('waiting', 'completed', 'expired', 'cancelled', 'failed')),
    book integer not null,
    started_at integer not null,
    touched_at integer not null,
    body blob not null,
    primary key (contact, id)
) strict;

insert into sessions select * from sessions_before order by contact, id;
drop table sessions_before;

alter table leads rename to leads_before;

create table leads (
    contact integer not null references contacts (id) on delete cascade,
    id text not null,
    kind text not null,
    status text not null, -- open -> taken -> called -> closed, or withdrawn
    opened_at integer not null,
    body blob not null,
    primary key (contact, id)
) strict;

insert into leads select * from leads_before order by contact, id;
drop table leads_before;

alter table alerts rename to alerts_before;

create table alerts (
    contact integer not null references contacts (id) on delete cascade,
    id text not null,
    status text not null,
    raised_at integer not null,
    body blob not null,
    primary key (contact, id)
) strict;

insert into alerts select * from alerts_before order by contact, id;
drop table alerts_before;

alter table visits rename to visits_before;

create table visits (
    contact integer not null references contacts (id) on delete cascade,
    id text not null,
    status text not null, -- unconfirmed -> ours | not_ours, open -> ended
    opened_at integer not null,
    body blob not null,
    primary key (contact, id)
) strict;

insert into visits select * from visits_before order by contact, id;
drop table visits_before;

create index alerts_open on alerts (raised_at) where status not in ('closed', 'withdrawn');
