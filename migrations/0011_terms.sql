-- Money goes back in parts: a payment has any number of refunds. Each takes paise of what was paid,
-- from one to before another; no two take the same and none takes what was not paid, so that never
-- more goes back than came.
alter table payments add constraint payments_paid unique (id, amount_paise);
create table refunds (
    id             uuid primary key,
    payment        uuid not null,
    paid_paise     bigint not null,
    from_paise     bigint not null check (from_paise >= 0),
    amount_paise   bigint not null check (amount_paise > 0),
    reason         text not null,
    gateway_refund text unique,
    due_at         timestamptz not null,
    given_at       timestamptz,
    foreign key (payment, paid_paise) references payments (id, amount_paise),
    check (from_paise + amount_paise <= paid_paise),
    check ((gateway_refund is null) = (given_at is null)),
    constraint no_paisa_back_twice exclude using gist
        (payment with =, int8range(from_paise, from_paise + amount_paise) with &&)
);

-- What went back before went back whole, and the gateway knows it by the payment's name.
insert into refunds (id, payment, paid_paise, from_paise, amount_paise, reason, gateway_refund,
    due_at, given_at)
select id, id, amount_paise, 0, amount_paise, refund_reason, gateway_refund, changed_at,
       case when status = 'refunded' then changed_at end
from payments where status in ('refund_due', 'refunded');

-- A payment of which nothing is kept is returned: beside it another one may be.
alter table payments
    drop constraint payments_status_check, drop constraint payments_check1,
    drop column gateway_refund, drop column refund_reason;
update payments set status = 'returned' where status in ('refund_due', 'refunded');
alter table payments
    add constraint payments_status_check
        check (status in ('intended', 'ordered', 'captured', 'returned')),
    add constraint payments_captured_check
        check ((status in ('captured', 'returned')) = (gateway_payment is not null));
