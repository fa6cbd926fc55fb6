-- Keeps the answer to an idempotency key, if there is one, in the statement that does what it tells
-- of. A key that was answered before ends that statement.
create function keep_answer(kept jsonb) returns boolean language sql as $$
    insert into replays (person, verb, key, fingerprint, answer)
    select person, verb, key, fingerprint, answer
    from jsonb_to_record(kept)
        as a(person uuid, verb text, key text, fingerprint bytea, answer jsonb)
    where kept is not null;
    select kept is not null;
$$;
