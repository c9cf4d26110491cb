-- 5: timers lie in the order in which they fire: those of one evening stood on as many pages as there are patients, and
-- a thousand due at once wrote a thousand pages.

drop index timers_waiting;

alter table timers rename to timers_before;

create table timers (
    contact integer not null references contacts (id) on delete cascade,
    key text not null,
    kind text not null,
    fire_at integer not null,
    catch_up_seconds integer not null,
    -- waiting -> fired | missed | cancelled
    status text not null default 'waiting' check (status in ('waiting', 'fired', 'missed', 'cancelled')),
    ended_at integer,
    primary key (fire_at, contact, key),
    unique (contact, key), -- one occasion: kept when it has ended, so that it never fires twice
    check ((status = 'waiting') = (ended_at is null))
) strict, without rowid;

insert into timers (contact, key, kind, fire_at, catch_up_seconds, status, ended_at)
select contact, key, kind, fire_at, catch_up_seconds, status, ended_at from timers_before
order by fire_at, contact, key;

drop table timers_before;

create index timers_waiting on timers (fire_at) where status = 'waiting';
