-- serves programs from schema 2 on
-- Of all processes one, the keeper, fires timers and sends: whoever holds this row, for a few seconds at a time. Older
-- programs know nothing of it and would send as well.

create table skin_clinic.keeper (
    -- Goes up whenever another process becomes the keeper. As the primary key it can be locked against that alone:
    -- a lease is renewed beside transactions that hold the key.
    epoch bigint primary key,
    holder text not null, -- '': handed over
    until_at bigint not null -- by this server's clock
);

create unique index keeper_once on skin_clinic.keeper ((true));
insert into skin_clinic.keeper (epoch, holder, until_at) values (0, '', 0);
