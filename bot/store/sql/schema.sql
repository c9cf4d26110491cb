-- The whole schema, as all migrations make it (a test holds that).
-- Instants (`_at`) are whole microseconds since 1970-01-01 UTC; days (`on_day`) are local dates, YYYY-MM-DD.
-- `facts` and `body` are encrypted: version byte, nonce, AES-256-GCM. In clear stand only our own numbers, the keyed
-- hash of a chat, instants, kinds, lanes, statuses and counts.

create table properties (
    name text primary key,
    value text not null
) strict, without rowid;

create table migrations (
    number integer primary key,
    name text not null,
    applied_at integer not null
) strict;

create table books (
    number integer primary key,
    digest text not null,
    first_used_at integer not null
) strict;

create table contacts (
    id integer primary key check (id > 0),
    chat_hash text not null unique,
    version integer not null check (version > 0), -- covers every row of the person: + 1 with each change
    created_at integer not null,
    updated_at integer not null,
    facts blob not null
) strict;

-- Bodies take kilobytes. Tables that hold one have rowids: without them whole rows would stand in the inner pages of the
-- tree, a few on each, and a million people would make it ten pages deep.
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

create table leads (
    contact integer not null references contacts (id) on delete cascade,
    id text not null,
    kind text not null,
    status text not null, -- open -> taken -> called -> closed, or withdrawn
    opened_at integer not null,
    body blob not null,
    primary key (contact, id)
) strict;

create table alerts (
    contact integer not null references contacts (id) on delete cascade,
    id text not null,
    status text not null,
    raised_at integer not null,
    body blob not null,
    primary key (contact, id)
) strict;

create index alerts_open on alerts (raised_at) where status not in ('closed', 'withdrawn');

create table visits (
    contact integer not null references contacts (id) on delete cascade,
    id text not null,
    status text not null, -- unconfirmed -> ours | not_ours, open -> ended
    opened_at integer not null,
    body blob not null,
    primary key (contact, id)
) strict;

create table consents (
    contact integer not null references contacts (id) on delete cascade,
    given_at integer not null,
    version text not null, -- a hash of the words that were shown
    ended_at integer,
    ended text check (ended in ('withdrawn', 'replaced')), -- null while it is in force
    primary key (contact, given_at),
    check ((ended_at is null) = (ended is null))
) strict, without rowid;

-- At most one consent of a contact is in force.
create unique index consents_in_force on consents (contact) where ended_at is null;

create table seen_updates (
    update_id integer primary key, -- an update's turn is written once: the second insert fails
    at integer not null
) strict;

-- In the order in which they fire: those of one evening lie together, and a rush of them writes few pages.
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

create index timers_waiting on timers (fire_at) where status = 'waiting';

create table outbox (
    id integer primary key autoincrement,
    contact integer, -- null: nobody's (a line to a group, the farewell of somebody erased)
    number integer not null,
    chat_hash text not null,
    kind text not null,
    lane text not null check (lane in ('alert', 'reply', 'check_in', 'broadcast')),
    -- waiting -> sent | refused | cancelled | given_up; cancelled -> sent (it was already on its way)
    status text not null default 'waiting'
        check (status in ('waiting', 'sent', 'refused', 'cancelled', 'given_up')),
    created_at integer not null,
    due_at integer not null,
    attempts integer not null default 0,
    unknown integer not null default 0,
    message_id integer, -- the channel's, once sent
    ended_at integer,
    body blob, -- gone with the final status
    check ((status = 'waiting') = (body is not null)),
    check ((status = 'waiting') = (ended_at is null))
) strict;

-- A contact's message number is used once.
create unique index outbox_numbers on outbox (contact, number);
create index outbox_waiting on outbox (id) where status = 'waiting';
create index outbox_ended on outbox (ended_at) where status <> 'waiting';

create table moved_chats (
    old_hash text primary key,
    at integer not null,
    body blob not null
) strict, without rowid;

create table desk_notes (
    kind text not null,
    key text not null,
    until_at integer, -- forgotten after it; null: kept until it is dropped
    body blob not null,
    primary key (kind, key)
) strict, without rowid;

create table counters (
    on_day text not null,
    name text not null,
    campaign text not null, -- '' where there is none
    count integer not null,
    primary key (on_day, name, campaign)
) strict, without rowid;

create table dead_letters (
    id integer primary key autoincrement,
    contact integer, -- null: nobody's, under the store's own key
    at integer not null,
    body blob not null
) strict;

create index dead_letters_contact on dead_letters (contact) where contact is not null;
