-- Every query of the SQLite store: a line `-- name: sentence`, then the query. Positional parameters.
-- Lists are handed in as one JSON array.

-- begin: Start a writing transaction, taking the lock at once.
begin immediate;

-- commit: Put the transaction on disk.
commit;

-- rollback: Drop the transaction.
rollback;

-- list_tables: The names of all tables.
select name from sqlite_master where type = 'table';

-- record_migration: Note that a migration was applied.
insert into migrations (number, name, applied_at) values (?, ?, ?);

-- newest_migration: The number of the newest migration that was applied.
select coalesce(max(number), 0) from migrations;

-- property: The value of a property.
select value from properties where name = ?;

-- set_property: Give a property its value.
insert into properties (name, value) values (?, ?) on conflict (name) do update set value = excluded.value;

-- key_property: The value of a property of the keys' file.
select value from properties where name = ?;

-- set_key_property: Give a property of the keys' file its value.
insert into properties (name, value) values (?, ?) on conflict (name) do update set value = excluded.value;

-- seen_updates: Those of the given update ids that are on disk.
select update_id from seen_updates where update_id in (select value from json_each(?));

-- last_update: The highest update id on disk; 0 when there is none.
select coalesce(max(update_id), 0) from seen_updates;

-- insert_update: Note that an update's turn is on disk; a second time fails.
insert into seen_updates (update_id, at) values (?, ?);

-- contacts_of_chats: The contacts that write from chats of these hashes.
select id, chat_hash from contacts where chat_hash in (select value from json_each(?));

-- persons: The contacts of these numbers (with their version), and all their sessions, leads, alerts and visits.
select 'contacts', id, version, facts from contacts where id in (select value from json_each(?1))
union all
select 'sessions', contact, id, body from sessions where contact in (select value from json_each(?1))
union all
select 'leads', contact, id, body from leads where contact in (select value from json_each(?1))
union all
select 'alerts', contact, id, body from alerts where contact in (select value from json_each(?1))
union all
select 'visits', contact, id, body from visits where contact in (select value from json_each(?1));

-- insert_contact: A new contact, with version 1.
insert into contacts (id, chat_hash, created_at, updated_at, facts, version) values (?, ?, ?, ?, ?, 1);

-- update_contact: The next version of a contact; facts stay when null is given.
update contacts set chat_hash = ?, updated_at = ?, facts = coalesce(?, facts), version = version + 1 where id = ?;

-- put_session: A session, new or changed.
insert into sessions (contact, id, status, book, started_at, touched_at, body) values (?, ?, ?, ?, ?, ?, ?)
on conflict (contact, id) do update set status = excluded.status, book = excluded.book,
touched_at = excluded.touched_at, body = excluded.body;

-- delete_session: A session that its person no longer has.
delete from sessions where contact = ? and id = ?;

-- put_lead: A lead, new or changed.
insert into leads (contact, id, kind, status, opened_at, body) values (?, ?, ?, ?, ?, ?)
on conflict (contact, id) do update set kind = excluded.kind, status = excluded.status, body = excluded.body;

-- delete_lead: A lead that its person no longer has.
delete from leads where contact = ? and id = ?;

-- put_alert: An alert, new or changed.
insert into alerts (contact, id, status, raised_at, body) values (?, ?, ?, ?, ?)
on conflict (contact, id) do update set status = excluded.status, body = excluded.body;

-- delete_alert: An alert that its person no longer has.
delete from alerts where contact = ? and id = ?;

-- put_visit: A visit, new or changed.
insert into visits (contact, id, status, opened_at, body) values (?, ?, ?, ?, ?)
on conflict (contact, id) do update set status = excluded.status, body = excluded.body;

-- delete_visit: A visit that its person no longer has.
delete from visits where contact = ? and id = ?;

-- end_consents: End the consent in force: replaced or withdrawn.
update consents set ended_at = ?, ended = ? where contact = ? and ended_at is null;

-- put_consent: Record a consent, or that it was withdrawn.
insert into consents (contact, given_at, version, ended_at, ended) values (?, ?, ?, ?, ?)
on conflict (contact, given_at) do update set version = excluded.version, ended_at = excluded.ended_at,
ended = excluded.ended;

-- last_row: The highest id that an outbox row ever had.
select coalesce(max(seq), 0) from sqlite_sequence where name = 'outbox';

-- insert_row: A message to be sent.
insert into outbox (id, contact, number, chat_hash, kind, lane, created_at, due_at, body)
values (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- postpone_row: A row that was tried and will be tried again.
update outbox set due_at = coalesce(?, due_at), attempts = ?, unknown = ? where id = ? and status = 'waiting';

-- end_row: What became of a row; its body goes. One that was cancelled may turn out to have been sent.
update outbox set status = ?1, ended_at = ?2, attempts = ?3, unknown = ?4, message_id = coalesce(?5, message_id),
body = null where id = ?6 and (status = 'waiting' or (status = 'cancelled' and ?1 = 'sent'));

-- cancel_row: Withdraw one message, if it is unsent.
update outbox set status = 'cancelled', ended_at = ?, body = null
where contact = ? and number = ? and status = 'waiting';

-- cancel_own_rows: Withdraw what is unsent to the contact's own chat; what staff are to see of them stays.
update outbox set status = 'cancelled', ended_at = ?1, body = null
where contact = ?2 and status = 'waiting' and chat_hash = (select chat_hash from contacts where id = ?2);

-- cancel_unasked_rows: Withdraw what is unsent to the contact's own chat and was not asked for.
update outbox set status = 'cancelled', ended_at = ?1, body = null
where contact = ?2 and status = 'waiting' and lane in ('check_in', 'broadcast')
and chat_hash = (select chat_hash from contacts where id = ?2);

-- waiting_rows: Unsent rows after an id, in order.
select id, coalesce(contact, 0), number, kind, lane, created_at, due_at, attempts, unknown, message_id, body
from outbox where status = 'waiting' and id > ? order by id limit ?;

-- waiting_rows_of_chat: Unsent rows to a chat.
select id, coalesce(contact, 0), kind, body from outbox where status = 'waiting' and chat_hash = ?;

-- move_row: A row to a chat that has a new id.
update outbox set chat_hash = ?, body = ? where id = ?;

-- put_moved_chat: The new id of a chat.
insert into moved_chats (old_hash, at, body) values (?, ?, ?)
on conflict (old_hash) do update set at = excluded.at, body = excluded.body;

-- moved_chat: The new id of a chat, encrypted.
select body from moved_chats where old_hash = ?;

-- sent_message: The channel's id of a message that was sent.
select message_id from outbox where contact = ? and number = ? and status = 'sent';

-- insert_timer: A timer, unless its occasion was ever set before.
insert into timers (contact, key, kind, fire_at, catch_up_seconds) values (?, ?, ?, ?, ?)
on conflict (contact, key) do nothing;

-- end_timer: What became of a timer.
update timers set status = ?, ended_at = ? where contact = ? and key = ? and status = 'waiting';

-- due_timers: Timers whose instant has come, earliest first.
select contact, key, kind, fire_at, catch_up_seconds from timers
where status = 'waiting' and fire_at <= ? order by fire_at, contact, key limit ?;

-- next_timer: When the next timer is due.
select min(fire_at) from timers where status = 'waiting';

-- timers_between: Waiting timers of a kind from one instant to another, both included, earliest first.
select contact, key, kind, fire_at, catch_up_seconds from timers
where status = 'waiting' and kind = ? and fire_at between ? and ? order by fire_at, contact, key limit ?;

-- open_alerts: Contacts with an alert that staff have not closed, the oldest first.
select contact from alerts where status not in ('closed', 'withdrawn') order by raised_at limit ?;

-- put_desk_note: What staff have set, new or changed.
insert into desk_notes (kind, key, until_at, body) values (?, ?, ?, ?)
on conflict (kind, key) do update set until_at = excluded.until_at, body = excluded.body;

-- drop_desk_note: It holds no longer.
delete from desk_notes where kind = ? and key = ?;

-- desk_notes: Those of a kind, by their keys.
select key, until_at, body from desk_notes where kind = ? order by key;

-- desk_note: A single one.
select key, until_at, body from desk_notes where kind = ? and key = ?;

-- purge_desk_notes: Forget those whose time is over.
delete from desk_notes where until_at <= ?;

-- insert_dead_letter: An update that no turn could be made of.
insert into dead_letters (id, contact, at, body) values (?, ?, ?, ?);

-- last_dead_letter: The highest id that a dead letter ever had.
select coalesce(max(seq), 0) from sqlite_sequence where name = 'dead_letters';

-- dead_letters: The newest dead letters.
select id, contact, at, body from dead_letters order by id desc limit ?;

-- add_count: Add to a counter of the day.
insert into counters (on_day, name, campaign, count) values (?, ?, ?, ?)
on conflict (on_day, name, campaign) do update set count = count + excluded.count;

-- counters: The counters from one day to another, both included.
select on_day, name, campaign, count from counters where on_day between ? and ? order by on_day, name, campaign;

-- erase_contact: A contact, with sessions, leads, alerts, visits, consents and timers.
delete from contacts where id = ?;

-- erase_rows: Every message of a contact.
delete from outbox where contact = ?;

-- erase_dead_letters: Every dead letter of a contact.
delete from dead_letters where contact = ?;

-- untouched_contacts: Contacts that nothing was written for since an instant, the oldest first.
select id from contacts where updated_at < ? order by updated_at, id limit ?;

-- contacts_after: The numbers after one of everybody who has anything here, in order.
select id from contacts where id > ?1 union select contact from outbox where contact > ?1
union select contact from dead_letters where contact > ?1 order by 1 limit ?2;

-- last_contact: The highest number of anybody who has anything here; null when there is nothing at all.
select max(last) from (
select max(id) as last from contacts union all select max(coalesce(contact, 0)) from outbox
union all select max(coalesce(contact, 0)) from dead_letters
);

-- newest_book: The number and the digest of the newest book.
select number, digest from books order by number desc limit 1;

-- book_of_digest: The highest number of a book.
select max(number) from books where digest = ?;

-- insert_book: A new newest book.
insert into books (number, digest, first_used_at)
select coalesce(max(number), 0) + 1, ?, ? from books;

-- purge_updates: Forget update ids before an instant.
delete from seen_updates where at < ?;

-- purge_rows: Forget messages that ended before an instant.
delete from outbox where status <> 'waiting' and ended_at < ?;

-- purge_dead_letters: Forget dead letters before an instant.
delete from dead_letters where at < ?;

-- expire_rows: Cancel those of the given rows that are unsent and were written before an instant.
update outbox set status = 'cancelled', ended_at = ?1, body = null
where status = 'waiting' and created_at <= ?2 and id in (select value from json_each(?3));

-- still_waiting: Those of the given rows that are unsent.
select id from outbox where status = 'waiting' and id in (select value from json_each(?));

-- export_consents: Every consent of a contact.
select version, given_at, ended_at, ended from consents where contact = ? order by given_at;

-- export_timers: Every timer of a contact.
select key, kind, fire_at, status, ended_at from timers where contact = ? order by fire_at, key;

-- export_rows: Every message of a contact, sent or not.
select id, number, kind, lane, status, created_at, ended_at, body from outbox where contact = ? order by id;

-- export_dead_letters: Every dead letter of a contact.
select id, at, body from dead_letters where contact = ? order by id;

-- keys: The wrapped keys of these contacts.
select contact, wrapped from contact_keys where contact in (select value from json_each(?));

-- highest_holder: The highest number whose key is here.
select max(contact) from contact_keys;

-- keys_held: Those of these contacts whose key is here.
select contact from contact_keys where contact in (select value from json_each(?));

-- last_key: The highest contact number that ever had a key.
select coalesce(max(seq), 0) from sqlite_sequence where name = 'contact_keys';

-- insert_key: A wrapped key.
insert into contact_keys (contact, wrapped) values (?, ?);

-- delete_key: Forget a key for good.
delete from contact_keys where contact = ?;

-- row_keys: The wrapped keys of single rows.
select outbox_row, wrapped from row_keys;

-- insert_row_key: The key of one row.
insert into row_keys (outbox_row, wrapped) values (?, ?) on conflict (outbox_row) do update set
wrapped = excluded.wrapped;

-- delete_row_key: Forget the key of one row.
delete from row_keys where outbox_row = ?;
