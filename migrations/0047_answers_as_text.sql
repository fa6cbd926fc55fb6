-- The answer to a key as the text that it is: nobody looks into it, so it need not be parsed with every
-- booking. What was kept before stays in `answer`, and nothing is kept for
-- longer than two days: a later release drops that column. A server of before this that serves
-- meanwhile keeps answers as ever, and cannot read those that one of this keeps: it answers 500 to a
-- retry of theirs.
alter table replays add column answered text;
alter table replays alter column answer drop not null;

create or replace function keep_answer(kept jsonb) returns boolean language sql as $$
    insert into replays (person, verb, key, fingerprint, answered)
    select person, verb, key, fingerprint, kept ->> 'answer'
    from jsonb_to_record(kept) as a(person uuid, verb text, key text, fingerprint bytea)
    where kept is not null;
    select kept is not null;
$$;
