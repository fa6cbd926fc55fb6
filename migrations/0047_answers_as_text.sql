-- The answer to a key as the text that it is: nobody looks into it, so it need not be parsed with every
-- booking. What a server of before this keeps stays in `answer`, and nothing is kept for longer than two
-- days: a later release drops that column. Such a server, if it serves meanwhile, cannot read what one
-- of this keeps, and answers 500 to a retry of it.
alter table replays add column answered text;
alter table replays alter column answer drop not null;

create or replace function keep_answer(kept jsonb) returns boolean language sql as $$
    insert into replays (person, verb, key, fingerprint, answer, answered)
    select person, verb, key, fingerprint, answer, answered
    from jsonb_to_record(kept)
        as a(person uuid, verb text, key text, fingerprint bytea, answer jsonb, answered text)
    where kept is not null;
    select kept is not null;
$$;
