-- Texts that were handed to a provider, and what became of them. Not what they say, and not to whom:
-- the event leads there. A row without an event is news of a text that is not written down yet, or
-- was never ours.
create table texts (
    provider   text not null,
    name       text not null check (length(name) between 1 and 64),
    event      uuid unique,
    kind       text,
    status     text not null check (status in ('handed', 'sent', 'delivered', 'failed')),
    rank       smallint not null,
    reason     text check (length(reason) <= 64),
    noted_at   timestamptz not null,
    changed_at timestamptz not null,
    primary key (provider, name)
) with (fillfactor = 80);
create index texts_by_age on texts using brin (noted_at);
