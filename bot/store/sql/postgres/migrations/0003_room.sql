-- serves programs from schema 2 on
-- Each turn writes the person's row and the conversation's anew. With room on its page the new one lies beside the old
-- one, and no index is touched. Pages that are full already get their room as their rows change.

alter table skin_clinic.contacts set (fillfactor = 70);
alter table skin_clinic.sessions set (fillfactor = 70);
