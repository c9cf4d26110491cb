-- Every query of the PostgreSQL store, as in ../queries.sql: what both ask for has the same name in both.
-- Lists are handed in as arrays.

-- property: The value of a property.
select value from skin_clinic.properties where name = $1;

-- set_property: Give a property its value.
insert into skin_clinic.properties (name, value) values ($1, $2)
on conflict (name) do update set value = excluded.value;

-- key_property: The value of a property of the keys.
select value from skin_clinic_keys.properties where name = $1;

-- set_key_property: Give a property of the keys its value.
insert into skin_clinic_keys.properties (name, value) values ($1, $2)
on conflict (name) do update set value = excluded.value;

-- seen_updates: Those of the given update ids that are on disk.
select update_id from skin_clinic.seen_updates where update_id = any($1::bigint[]);

-- persons: The contacts of these numbers (with their version), and all their sessions, leads, alerts and visits.
select 'contacts', id, version::text, facts from skin_clinic.contacts where id = any($1::bigint[])
union all
select 'sessions', contact, id, body from skin_clinic.sessions where contact = any($1::bigint[])
union all
select 'leads', contact, id, body from skin_clinic.leads where contact = any($1::bigint[])
union all
select 'alerts', contact, id, body from skin_clinic.alerts where contact = any($1::bigint[])
union all
select 'visits', contact, id, body from skin_clinic.visits where contact = any($1::bigint[]);

-- insert_contact: New contacts, with version 1; whose chat has a contact already are left out.
insert into skin_clinic.contacts (id, chat_hash, created_at, updated_at, facts, version)
select *, 1 from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bytea[])
on conflict (chat_hash) do nothing returning id;

-- update_contact: The next version of a contact; facts stay when null is given.
update skin_clinic.contacts set chat_hash = $1, updated_at = $2, facts = coalesce($3, facts), version = version + 1
where id = $4;

-- put_session: A session, new or changed.
insert into skin_clinic.sessions (contact, id, status, book, started_at, touched_at, body)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (contact, id) do update set status = excluded.status, book = excluded.book,
touched_at = excluded.touched_at, body = excluded.body;

-- delete_session: A session that its person no longer has.
delete from skin_clinic.sessions where contact = $1 and id = $2;

-- put_lead: A lead, new or changed.
insert into skin_clinic.leads (contact, id, kind, status, opened_at, body)
values ($1, $2, $3, $4, $5, $6)
on conflict (contact, id) do update set kind = excluded.kind, status = excluded.status, body = excluded.body;

-- delete_lead: A lead that its person no longer has.
delete from skin_clinic.leads where contact = $1 and id = $2;

-- put_alert: An alert, new or changed.
insert into skin_clinic.alerts (contact, id, status, raised_at, body)
values ($1, $2, $3, $4, $5)
on conflict (contact, id) do update set status = excluded.status, body = excluded.body;

-- delete_alert: An alert that its person no longer has.
delete from skin_clinic.alerts where contact = $1 and id = $2;

-- put_visit: A visit, new or changed.
insert into skin_clinic.visits (contact, id, status, opened_at, body)
values ($1, $2, $3, $4, $5)
on conflict (contact, id) do update set status = excluded.status, body = excluded.body;

-- delete_visit: A visit that its person no longer has.
delete from skin_clinic.visits where contact = $1 and id = $2;

-- end_consents: End the consent in force: replaced or withdrawn.
update skin_clinic.consents set ended_at = $1, ended = $2 where contact = $3 and ended_at is null;

-- put_consent: Record a consent, or that it was withdrawn.
insert into skin_clinic.consents (contact, given_at, version, ended_at, ended)
values ($1, $2, $3, $4, $5)
on conflict (contact, given_at) do update set version = excluded.version, ended_at = excluded.ended_at,
ended = excluded.ended;

-- insert_row: A message to be sent.
insert into skin_clinic.outbox (id, contact, number, chat_hash, kind, lane, created_at, due_at, body)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- postpone_row: A row that was tried and will be tried again.
update skin_clinic.outbox set due_at = coalesce($1, due_at), attempts = $2, unknown = $3
where id = $4 and status = 'waiting';

-- end_row: What became of a row; its body goes. One that was cancelled may turn out to have been sent.
update skin_clinic.outbox set status = $1, ended_at = $2, attempts = $3, unknown = $4,
message_id = coalesce($5, message_id), body = null
where id = $6 and (status = 'waiting' or (status = 'cancelled' and $1 = 'sent'));

-- cancel_row: Withdraw one message, if it is unsent.
update skin_clinic.outbox set status = 'cancelled', ended_at = $1, body = null
where contact = $2 and number = $3 and status = 'waiting';

-- cancel_own_rows: Withdraw what is unsent to the contact's own chat; what staff are to see of them stays.
update skin_clinic.outbox set status = 'cancelled', ended_at = $1, body = null
where contact = $2 and status = 'waiting'
and chat_hash = (select chat_hash from skin_clinic.contacts where id = $2);

-- cancel_unasked_rows: Withdraw what is unsent to the contact's own chat and was not asked for.
update skin_clinic.outbox set status = 'cancelled', ended_at = $1, body = null
where contact = $2 and status = 'waiting' and lane in ('check_in', 'broadcast')
and chat_hash = (select chat_hash from skin_clinic.contacts where id = $2);

-- waiting_rows: Unsent rows after an id, in order.
select id, coalesce(contact, 0), number, kind, lane, created_at, due_at, attempts, unknown, message_id, body
from skin_clinic.outbox where status = 'waiting' and id > $1 order by id limit $2;

-- waiting_rows_of_chat: Unsent rows to a chat.
select id, coalesce(contact, 0), kind, body from skin_clinic.outbox where status = 'waiting' and chat_hash = $1;

-- move_row: A row to a chat that has a new id.
update skin_clinic.outbox set chat_hash = $1, body = $2 where id = $3;

-- put_moved_chat: The new id of a chat.
insert into skin_clinic.moved_chats (old_hash, at, body) values ($1, $2, $3)
on conflict (old_hash) do update set at = excluded.at, body = excluded.body;

-- moved_chat: The new id of a chat, encrypted.
select body from skin_clinic.moved_chats where old_hash = $1;

-- sent_message: The channel's id of a message that was sent.
select message_id from skin_clinic.outbox where contact = $1 and number = $2 and status = 'sent';

-- insert_timer: A timer, unless its occasion was ever set before.
insert into skin_clinic.timers (contact, key, kind, fire_at, catch_up_seconds)
values ($1, $2, $3, $4, $5)
on conflict (contact, key) do nothing;

-- end_timer: What became of a timer.
update skin_clinic.timers set status = $1, ended_at = $2 where contact = $3 and key = $4 and status = 'waiting';

-- due_timers: Timers whose instant has come, earliest first.
select contact, key, kind, fire_at, catch_up_seconds from skin_clinic.timers
where status = 'waiting' and fire_at <= $1 order by fire_at, contact, key limit $2;

-- next_timer: When the next timer is due.
select min(fire_at) from skin_clinic.timers where status = 'waiting';

-- timers_between: Waiting timers of a kind from one instant to another, both included, earliest first.
select contact, key, kind, fire_at, catch_up_seconds from skin_clinic.timers
where status = 'waiting' and kind = $1 and fire_at between $2 and $3 order by fire_at, contact, key limit $4;

-- open_alerts: Contacts with an alert that staff have not closed, the oldest first.
select contact from skin_clinic.alerts where status not in ('closed', 'withdrawn') order by raised_at limit $1;

-- put_desk_note: What staff have set, new or changed.
insert into skin_clinic.desk_notes (kind, key, until_at, body) values ($1, $2, $3, $4)
on conflict (kind, key) do update set until_at = excluded.until_at, body = excluded.body;

-- drop_desk_note: It holds no longer.
delete from skin_clinic.desk_notes where kind = $1 and key = $2;

-- desk_notes: Those of a kind, by their keys.
select key, until_at, body from skin_clinic.desk_notes where kind = $1 order by key;

-- desk_note: A single one.
select key, until_at, body from skin_clinic.desk_notes where kind = $1 and key = $2;

-- purge_desk_notes: Forget those whose time is over.
delete from skin_clinic.desk_notes where until_at <= $1;

-- insert_dead_letter: An update that no turn could be made of.
insert into skin_clinic.dead_letters (id, contact, at, body) values ($1, $2, $3, $4);

-- dead_letters: The newest dead letters.
select id, contact, at, body from skin_clinic.dead_letters order by id desc limit $1;

-- add_count: Add to a counter of the day, in a row of this process.
insert into skin_clinic.counters (on_day, name, campaign, count, process)
values ($1, $2, $3, $4, pg_backend_pid() % 32)
on conflict (on_day, name, campaign, process) do update set count = counters.count + excluded.count;

-- counters: The counters from one day to another, both included.
select on_day, name, campaign, sum(count)::bigint from skin_clinic.counters where on_day between $1 and $2
group by on_day, name, campaign order by on_day, name, campaign;

-- erase_contact: A contact, with sessions, leads, alerts, visits, consents and timers.
delete from skin_clinic.contacts where id = $1;

-- erase_rows: Every message of a contact.
delete from skin_clinic.outbox where contact = $1;

-- erase_dead_letters: Every dead letter of a contact.
delete from skin_clinic.dead_letters where contact = $1;

-- untouched_contacts: Contacts that nothing was written for since an instant, the oldest first.
select id from skin_clinic.contacts where updated_at < $1 order by updated_at, id limit $2;

-- last_contact: The highest number of anybody who has anything here; null when there is nobody.
select greatest(
(select max(id) from skin_clinic.contacts),
(select max(contact) from skin_clinic.outbox),
(select max(contact) from skin_clinic.dead_letters)
);

-- newest_book: The number and the digest of the newest book.
select number, digest from skin_clinic.books order by number desc limit 1;

-- book_of_digest: The highest number of a book.
select max(number) from skin_clinic.books where digest = $1;

-- insert_book: A new newest book.
insert into skin_clinic.books (number, digest, first_used_at)
select coalesce(max(number), 0) + 1, $1, $2 from skin_clinic.books;

-- purge_updates: Forget update ids before an instant.
delete from skin_clinic.seen_updates where at < $1;

-- purge_rows: Forget messages that ended before an instant.
delete from skin_clinic.outbox where status <> 'waiting' and ended_at < $1;

-- purge_dead_letters: Forget dead letters before an instant.
delete from skin_clinic.dead_letters where at < $1;

-- expire_rows: Cancel farewells that are unsent and were written before an instant.
update skin_clinic.outbox set status = 'cancelled', ended_at = $1, body = null
where status = 'waiting' and created_at <= $2 and id in (select outbox_row from skin_clinic_keys.row_keys);

-- export_consents: Every consent of a contact.
select version, given_at, ended_at, ended from skin_clinic.consents where contact = $1 order by given_at;

-- export_timers: Every timer of a contact.
select key, kind, fire_at, status, ended_at from skin_clinic.timers where contact = $1 order by fire_at, key;

-- export_rows: Every message of a contact, sent or not.
select id, number, kind, lane, status, created_at, ended_at, body from skin_clinic.outbox
where contact = $1 order by id;

-- export_dead_letters: Every dead letter of a contact.
select id, at, body from skin_clinic.dead_letters where contact = $1 order by id;

-- keys: The wrapped keys of these contacts.
select contact, wrapped from skin_clinic_keys.contact_keys where contact = any($1::bigint[]);

-- highest_holder: The highest number whose key is here.
select max(contact) from skin_clinic_keys.contact_keys;

-- last_key: The highest contact number that was ever given out.
select case when is_called then last_value else 0 end from skin_clinic_keys.contact_numbers;

-- insert_key: A wrapped key.
insert into skin_clinic_keys.contact_keys (contact, wrapped) values ($1, $2);

-- delete_key: Forget a key for good.
delete from skin_clinic_keys.contact_keys where contact = $1;

-- insert_row_key: The key of one row.
insert into skin_clinic_keys.row_keys (outbox_row, wrapped) values ($1, $2);

-- insert_updates: Note that these updates' turns are on disk; those that are there already are left out.
insert into skin_clinic.seen_updates (update_id, at) select unnest($1::bigint[]), $2::bigint
on conflict (update_id) do nothing returning update_id;

-- versions_of_chats: The contacts that write from chats of these hashes, with their version.
select id, chat_hash, version from skin_clinic.contacts where chat_hash = any($1::text[]);

-- versions: The versions of these contacts.
select id, version from skin_clinic.contacts where id = any($1::bigint[]);

-- lock_contacts: Lock those of these contacts that have this version (null: any); always in the same order.
select contacts.id from skin_clinic.contacts
join unnest($1::bigint[], $2::bigint[]) as wanted (id, version) on wanted.id = contacts.id
where wanted.version is null or wanted.version = contacts.version
order by contacts.id for update of contacts;

-- lock_rows: Lock rows: these, the unsent of the second and all of the third contacts; in one order.
select id from skin_clinic.outbox
where id = any($1::bigint[]) or (contact = any($2::bigint[]) and status = 'waiting') or contact = any($3::bigint[])
order by id for update;

-- next_rows: Ids for so many new rows.
select nextval('skin_clinic.outbox_ids') from generate_series(1, $1);

-- next_letters: Ids for so many dead letters.
select nextval('skin_clinic.dead_letter_ids') from generate_series(1, $1);

-- next_contacts: Numbers for so many contacts.
select nextval('skin_clinic_keys.contact_numbers') from generate_series(1, $1);

-- keys_of_rows: The wrapped keys of these rows.
select outbox_row, wrapped from skin_clinic_keys.row_keys where outbox_row = any($1::bigint[]);

-- delete_row_keys: Forget the keys of these rows for good.
delete from skin_clinic_keys.row_keys where outbox_row = any($1::bigint[]);

-- purge_row_keys: Forget the keys of rows that are no longer unsent.
delete from skin_clinic_keys.row_keys where not exists (
select from skin_clinic.outbox where outbox.id = row_keys.outbox_row and outbox.status = 'waiting'
);

-- clear_contacts: Remove the contacts of people whose key is gone: data older than their erasure was restored.
delete from skin_clinic.contacts where id is not null and not exists (
select from skin_clinic_keys.contact_keys where contact_keys.contact = contacts.id
);

-- clear_rows: Remove the messages of people whose key is gone: data older than their erasure was restored.
delete from skin_clinic.outbox where contact is not null and not exists (
select from skin_clinic_keys.contact_keys where contact_keys.contact = outbox.contact
);

-- clear_dead_letters: Remove the dead letters of people whose key is gone.
delete from skin_clinic.dead_letters where contact is not null and not exists (
select from skin_clinic_keys.contact_keys where contact_keys.contact = dead_letters.contact
);

-- lock_books: One process gives out numbers at a time.
lock table skin_clinic.books in exclusive mode;

-- server: Version, encoding, and whether it takes no writes just now.
select current_setting('server_version_num')::integer, current_setting('server_encoding'), pg_is_in_recovery();

-- has_schema: Whether a schema is there.
select to_regnamespace($1) is not null;

-- has_table: Whether a table is there.
select to_regclass($1) is not null;

-- table_count: How many tables a schema has.
select count(*) from information_schema.tables where table_schema = $1;

-- make_schema: The schema of the data.
create schema skin_clinic;

-- make_key_schema: The schema of the keys.
create schema skin_clinic_keys;

-- lock_migrating: One process migrates at a time; false: another one does.
select pg_try_advisory_lock(1397441346);

-- unlock_migrating: Let others migrate.
select pg_advisory_unlock(1397441346);

-- newest_migration: The newest migration that was applied, and the oldest schema whose programs may still run.
select coalesce(max(number), 0), coalesce(max(serves_from), 0) from skin_clinic.migrations;

-- record_migration: Note that a migration was applied.
insert into skin_clinic.migrations (number, name, applied_at, serves_from) values ($1, $2, $3, $4);

-- newest_key_migration: The newest migration that was applied, and the oldest schema whose programs may still run.
select coalesce(max(number), 0), coalesce(max(serves_from), 0) from skin_clinic_keys.migrations;

-- record_key_migration: Note that a migration was applied.
insert into skin_clinic_keys.migrations (number, name, applied_at, serves_from) values ($1, $2, $3, $4);

-- be_durable: A commit is on disk when it returns, whatever the server's default is.
select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off';

-- lock_note: Until the end of the transaction nobody else changes this note, whether it is there or not.
select pg_advisory_xact_lock(hashtextextended($1, 1397441346));

-- search_in: Look for tables without a schema's name in this one.
select set_config('search_path', $1, false);

-- other_processes: How many connections processes of the bot have.
select count(*) from pg_stat_activity
where datname = current_database() and application_name = $1 and pid <> pg_backend_pid();

-- last_row: The highest id that an outbox row ever had.
select case when is_called then last_value else 0 end from skin_clinic.outbox_ids;

-- last_dead_letter: The highest id that a dead letter ever had.
select case when is_called then last_value else 0 end from skin_clinic.dead_letter_ids;

-- set_last_ids: The highest ids that an outbox row, a dead letter and a contact ever had; 0: none.
select setval('skin_clinic.outbox_ids', greatest($1::bigint, 1), $1::bigint > 0),
setval('skin_clinic.dead_letter_ids', greatest($2::bigint, 1), $2::bigint > 0),
setval('skin_clinic_keys.contact_numbers', greatest($3::bigint, 1), $3::bigint > 0);

-- empty_data: Remove what a database holds in which nobody is.
truncate skin_clinic.properties, skin_clinic.books, skin_clinic.contacts, skin_clinic.sessions, skin_clinic.leads,
skin_clinic.alerts, skin_clinic.visits, skin_clinic.consents, skin_clinic.seen_updates, skin_clinic.timers,
skin_clinic.outbox, skin_clinic.moved_chats, skin_clinic.desk_notes, skin_clinic.counters, skin_clinic.dead_letters;

-- empty_keys: Remove the keys.
truncate skin_clinic_keys.properties, skin_clinic_keys.contact_keys, skin_clinic_keys.row_keys;

-- aside: The statement that gives a schema another name.
select format('alter schema %I rename to %I', $1::text, $2::text);

-- drop_keys: The statement that removes the keys' schema, whose keys were read before.
select format('drop schema %I cascade', $1::text);

-- take_lease: Become the keeper for so many microseconds, if there is none; one that was not heard of only if told to.
update skin_clinic.keeper
set epoch = epoch + 1, holder = $1, until_at = (extract(epoch from clock_timestamp()) * 1000000)::bigint + $2
where until_at <= (extract(epoch from clock_timestamp()) * 1000000)::bigint and (holder = '' or $3)
returning epoch;

-- renew_lease: Go on as the keeper for so many microseconds, unless there is another by now.
update skin_clinic.keeper set until_at = (extract(epoch from clock_timestamp()) * 1000000)::bigint + $2
where epoch = $1 returning epoch;

-- end_lease: Hand over.
update skin_clinic.keeper set holder = '', until_at = 0 where epoch = $1;

-- lease: For how many microseconds more there is a keeper.
select until_at - (extract(epoch from clock_timestamp()) * 1000000)::bigint from skin_clinic.keeper;

-- hold_epoch: Until the end of the transaction nobody else becomes the keeper; nothing: somebody has already.
select epoch from skin_clinic.keeper where epoch = $1 for key share;

-- tell: Say these words to all processes that listen.
select pg_notify('skin_clinic', word) from unnest($1::text[]) as word;

-- new_rows: Unsent rows, but for those of transactions that had ended at the last look; and where to look from next.
select pg_snapshot_xmin(pg_current_snapshot())::text,
id, coalesce(contact, 0), number, kind, lane, created_at, due_at, attempts, unknown, message_id, body
from (select) as one left join skin_clinic.outbox on status = 'waiting' and written_in >= $1::text::xid8 order by id;

-- oldest_open: The oldest transaction that has not ended.
select pg_snapshot_xmin(pg_current_snapshot())::text;

-- unsent_rows: Those of these rows that the keeper of this epoch has still to send.
select id from skin_clinic.outbox where id = any($1::bigint[]) and status = 'waiting'
and exists (select from skin_clinic.keeper where epoch = $2);
