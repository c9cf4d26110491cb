-- 3: what staff have set and what belongs to no person: tickets, closed days, visits being entered.

create table desk_notes (
    kind text not null,
    key text not null,
    until_at integer, -- forgotten after it; null: kept until it is dropped
    body blob not null,
    primary key (kind, key)
) strict, without rowid;
