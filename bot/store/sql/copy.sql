-- Whole tables, to carry them from one database to another: read_… is understood by SQLite and by PostgreSQL (in the
-- schema that it searches), write_… is SQLite's; PostgreSQL is given rows by COPY.

-- read_properties: What is known of the database itself.
select name, value from properties;

-- write_properties: A row of properties.
insert into properties (name, value) values (?, ?);

-- read_books: All books.
select number, digest, first_used_at from books;

-- write_books: A row of books.
insert into books (number, digest, first_used_at) values (?, ?, ?);

-- read_contacts: Everybody.
select id, chat_hash, version, created_at, updated_at, facts from contacts;

-- write_contacts: A row of contacts.
insert into contacts (id, chat_hash, version, created_at, updated_at, facts) values (?, ?, ?, ?, ?, ?);

-- read_sessions: All sessions.
select contact, id, status, book, started_at, touched_at, body from sessions;

-- write_sessions: A row of sessions.
insert into sessions (contact, id, status, book, started_at, touched_at, body) values (?, ?, ?, ?, ?, ?, ?);

-- read_leads: All leads.
select contact, id, kind, status, opened_at, body from leads;

-- write_leads: A row of leads.
insert into leads (contact, id, kind, status, opened_at, body) values (?, ?, ?, ?, ?, ?);

-- read_alerts: All alerts.
select contact, id, status, raised_at, body from alerts;

-- write_alerts: A row of alerts.
insert into alerts (contact, id, status, raised_at, body) values (?, ?, ?, ?, ?);

-- read_visits: All visits.
select contact, id, status, opened_at, body from visits;

-- write_visits: A row of visits.
insert into visits (contact, id, status, opened_at, body) values (?, ?, ?, ?, ?);

-- read_consents: All consents.
select contact, given_at, version, ended_at, ended from consents;

-- write_consents: A row of consents.
insert into consents (contact, given_at, version, ended_at, ended) values (?, ?, ?, ?, ?);

-- read_seen_updates: Updates whose turn is on disk.
select update_id, at from seen_updates;

-- write_seen_updates: A row of seen_updates.
insert into seen_updates (update_id, at) values (?, ?);

-- read_timers: All timers.
select contact, key, kind, fire_at, catch_up_seconds, status, ended_at from timers;

-- write_timers: A row of timers.
insert into timers (contact, key, kind, fire_at, catch_up_seconds, status, ended_at) values (?, ?, ?, ?, ?, ?,
?);

-- read_outbox: All messages.
select id, contact, number, chat_hash, kind, lane, status, created_at, due_at, attempts, unknown, message_id,
ended_at, body from outbox;

-- write_outbox: A row of outbox.
insert into outbox (id, contact, number, chat_hash, kind, lane, status, created_at, due_at, attempts, unknown,
message_id, ended_at, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- read_moved_chats: Chats that have moved.
select old_hash, at, body from moved_chats;

-- write_moved_chats: A row of moved_chats.
insert into moved_chats (old_hash, at, body) values (?, ?, ?);

-- read_desk_notes: What staff have set.
select kind, key, until_at, body from desk_notes;

-- write_desk_notes: A row of desk_notes.
insert into desk_notes (kind, key, until_at, body) values (?, ?, ?, ?);

-- read_counters: All counters.
select on_day, name, campaign, cast(sum(count) as bigint) as count from counters group by on_day, name,
campaign;

-- write_counters: A row of counters.
insert into counters (on_day, name, campaign, count) values (?, ?, ?, ?);

-- read_dead_letters: All dead letters.
select id, contact, at, body from dead_letters;

-- write_dead_letters: A row of dead_letters.
insert into dead_letters (id, contact, at, body) values (?, ?, ?, ?);

-- read_contact_keys: All wrapped keys.
select contact, wrapped from contact_keys;

-- write_contact_keys: A row of contact_keys.
insert into contact_keys (contact, wrapped) values (?, ?);

-- read_row_keys: The wrapped keys of single rows.
select outbox_row, wrapped from row_keys;

-- write_row_keys: A row of row_keys.
insert into row_keys (outbox_row, wrapped) values (?, ?);

-- count_data: How many rows each table of the data has.
select 'properties' as name, count(*) as count from properties
union all select 'books' as name, count(*) as count from books
union all select 'contacts' as name, count(*) as count from contacts
union all select 'sessions' as name, count(*) as count from sessions
union all select 'leads' as name, count(*) as count from leads
union all select 'alerts' as name, count(*) as count from alerts
union all select 'visits' as name, count(*) as count from visits
union all select 'consents' as name, count(*) as count from consents
union all select 'seen_updates' as name, count(*) as count from seen_updates
union all select 'timers' as name, count(*) as count from timers
union all select 'outbox' as name, count(*) as count from outbox
union all select 'moved_chats' as name, count(*) as count from moved_chats
union all select 'desk_notes' as name, count(*) as count from desk_notes
union all select 'dead_letters' as name, count(*) as count from dead_letters;

-- count_keys: How many rows each table of the keys has.
select 'properties' as name, count(*) as count from properties
union all select 'contact_keys' as name, count(*) as count from contact_keys
union all select 'row_keys' as name, count(*) as count from row_keys;

-- drop_sequence: Forget the highest id that a table ever gave out.
delete from sqlite_sequence where name = ?;

-- write_sequence: The highest id that a table ever gave out.
insert into sqlite_sequence (name, seq) values (?, ?);

-- read_sequence: The highest id that a table ever gave out.
select coalesce(max(seq), 0) from sqlite_sequence where name = ?;

-- people_of: How many people there are, and when something of theirs was last changed.
select count(*), max(updated_at) from contacts;

-- unsent_of_nobody: Unsent messages that are nobody's.
select id, body from outbox where status = 'waiting' and contact is null;

-- drop_unreadable: Withdraw a message whose own key is gone.
update outbox set status = 'cancelled', ended_at = ?, body = null where id = ?;
