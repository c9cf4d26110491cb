-- serves programs from schema 1 on
-- Instants (`_at`) are whole microseconds since 1970-01-01 UTC; days (`on_day`) are local dates, YYYY-MM-DD.
-- `facts` and `body` are encrypted: version byte, nonce, AES-256-GCM. In clear stand only our own numbers, the keyed
-- hash of a chat, instants, kinds, lanes, statuses and counts. Whatever belongs to a person begins with the contact.
-- Names are compared byte by byte (collate "C"), as SQLite does.

create table skin_clinic.migrations (
    number bigint primary key,
    name text not null,
    applied_at bigint not null,
    serves_from bigint not null -- the oldest schema whose programs may run on this one
);

create table skin_clinic.properties (
    name text collate "C" primary key,
    value text not null
);

create table skin_clinic.books (
    number bigint primary key,
    digest text not null,
    first_used_at bigint not null
);

create table skin_clinic.contacts (
    id bigint primary key check (id > 0),
    chat_hash text collate "C" not null unique,
    version bigint not null check (version > 0), -- covers every row of the person: + 1 with each change
    created_at bigint not null,
    updated_at bigint not null,
    facts bytea not null
);

create table skin_clinic.sessions (
    contact bigint not null references skin_clinic.contacts (id) on delete cascade,
    id text collate "C" not null,
    -- waiting -> completed | expired | cancelled | failed
    status text not null check (status in ('waiting', 'completed', 'expired', 'cancelled', 'failed')),
    book bigint not null,
    started_at bigint not null,
    touched_at bigint not null,
    body bytea not null,
    primary key (contact, id)
);

create table skin_clinic.leads (
    contact bigint not null references skin_clinic.contacts (id) on delete cascade,
    id text collate "C" not null,
    kind text not null,
    status text not null, -- open -> taken -> called -> closed, or withdrawn
    opened_at bigint not null,
    body bytea not null,
    primary key (contact, id)
);

create table skin_clinic.alerts (
    contact bigint not null references skin_clinic.contacts (id) on delete cascade,
    id text collate "C" not null,
    status text not null,
    raised_at bigint not null,
    body bytea not null,
    primary key (contact, id)
);

create index alerts_open on skin_clinic.alerts (raised_at) where status not in ('closed', 'withdrawn');

create table skin_clinic.visits (
    contact bigint not null references skin_clinic.contacts (id) on delete cascade,
    id text collate "C" not null,
    status text not null, -- unconfirmed -> ours | not_ours, open -> ended
    opened_at bigint not null,
    body bytea not null,
    primary key (contact, id)
);

create table skin_clinic.consents (
    contact bigint not null references skin_clinic.contacts (id) on delete cascade,
    given_at bigint not null,
    version text not null, -- a hash of the words that were shown
    ended_at bigint,
    ended text check (ended in ('withdrawn', 'replaced')), -- null while it is in force
    primary key (contact, given_at),
    check ((ended_at is null) = (ended is null))
);

-- At most one consent of a contact is in force.
create unique index consents_in_force on skin_clinic.consents (contact) where ended_at is null;

create table skin_clinic.seen_updates (
    update_id bigint primary key, -- an update's turn is written once: whoever comes second loses
    at bigint not null
);

create table skin_clinic.timers (
    contact bigint not null references skin_clinic.contacts (id) on delete cascade,
    key text collate "C" not null, -- one occasion: kept when it has ended, so that it never fires twice
    kind text not null,
    fire_at bigint not null,
    catch_up_seconds bigint not null,
    -- waiting -> fired | missed | cancelled
    status text not null default 'waiting' check (status in ('waiting', 'fired', 'missed', 'cancelled')),
    ended_at bigint,
    primary key (contact, key),
    check ((status = 'waiting') = (ended_at is null))
);

create index timers_waiting on skin_clinic.timers (fire_at, contact, key) where status = 'waiting';

create sequence skin_clinic.outbox_ids;

create table skin_clinic.outbox (
    id bigint primary key,
    contact bigint, -- null: nobody's (a line to a group, the farewell of somebody erased)
    number bigint not null,
    chat_hash text collate "C" not null,
    kind text not null,
    lane text not null check (lane in ('alert', 'reply', 'check_in', 'broadcast')),
    -- waiting -> sent | refused | cancelled | given_up; cancelled -> sent (it was already on its way)
    status text not null default 'waiting'
        check (status in ('waiting', 'sent', 'refused', 'cancelled', 'given_up')),
    created_at bigint not null,
    due_at bigint not null,
    attempts bigint not null default 0,
    unknown bigint not null default 0,
    message_id bigint, -- the channel's, once sent
    ended_at bigint,
    body bytea, -- gone with the final status
    -- The transaction that wrote it: whoever looks for new rows asks from the oldest one that was still open at the
    -- last look, for ids are given out in another order than transactions end.
    written_in xid8 not null default pg_current_xact_id(),
    check ((status = 'waiting') = (body is not null)),
    check ((status = 'waiting') = (ended_at is null))
);

-- A contact's message number is used once.
create unique index outbox_numbers on skin_clinic.outbox (contact, number);
create index outbox_waiting on skin_clinic.outbox (id) where status = 'waiting';
create index outbox_new on skin_clinic.outbox (written_in) where status = 'waiting';
create index outbox_ended on skin_clinic.outbox (ended_at) where status <> 'waiting';

create table skin_clinic.moved_chats (
    old_hash text collate "C" primary key,
    at bigint not null,
    body bytea not null
);

create table skin_clinic.desk_notes (
    kind text collate "C" not null,
    key text collate "C" not null,
    until_at bigint, -- forgotten after it; null: kept until it is dropped
    body bytea not null,
    primary key (kind, key)
);

-- Each process counts in a row of its own, so that none waits for another; a counter is their sum.
create table skin_clinic.counters (
    on_day text collate "C" not null,
    name text collate "C" not null,
    campaign text collate "C" not null, -- '' where there is none
    process bigint not null,
    count bigint not null,
    primary key (on_day, name, campaign, process)
);

create sequence skin_clinic.dead_letter_ids;

create table skin_clinic.dead_letters (
    id bigint primary key,
    contact bigint, -- null: nobody's, under the store's own key
    at bigint not null,
    body bytea not null
);

create index dead_letters_contact on skin_clinic.dead_letters (contact) where contact is not null;
