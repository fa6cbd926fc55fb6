-- What was shown to open a session. Those who run the platform need two factors; of sessions that are
-- open already nothing better is known than a code.
alter table sessions
    add column proof text not null default 'code' check (proof in ('code', 'password', 'two_factors'));
alter table sessions alter column proof drop default;

-- Who runs the platform, and who belongs to a salon, is noted whoever writes it.
create function note_admin() returns trigger language plpgsql as $$
begin
    insert into audit (id, at, act, object, detail)
    select gen_random_uuid(), case when tg_op = 'DELETE' then now() else new.created_at end,
        case when tg_op = 'DELETE' then 'admin.dismissed' else 'admin.appointed' end,
        'person/' || coalesce(new.person, old.person), new.role;
    return null;
end $$;
create trigger note_appointed after insert on admins for each row execute function note_admin();
create trigger note_role after update of role on admins
    for each row when (new.role <> old.role) execute function note_admin();
create trigger note_dismissed after delete on admins for each row execute function note_admin();

create function note_member() returns trigger language plpgsql as $$
begin
    insert into audit (id, at, act, object, detail)
    values (gen_random_uuid(), now(),
        case when tg_op = 'DELETE' then 'member.left' else 'member.joined' end,
        'salon/' || coalesce(new.salon, old.salon),
        coalesce(new.role || ' ', '') || 'person/' || coalesce(new.person, old.person));
    return null;
end $$;
create trigger note_joined after insert or update of role on members
    for each row execute function note_member();
create trigger note_left after delete on members for each row execute function note_member();
