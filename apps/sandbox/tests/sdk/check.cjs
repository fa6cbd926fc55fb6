// The official Node SDKs of Razorpay and Twilio, run unchanged against the sandbox.
//
// By hand, from an empty directory outside the project:
//   npm install razorpay twilio
//   cargo run -p indistylo-sandbox -- --webhook-url http://127.0.0.1:4021/hook     (elsewhere)
//   NODE_PATH=$PWD/node_modules node <project>/apps/sandbox/tests/sdk/check.cjs
// Arguments: the sandbox's address and this script's own port, if they are not 4020 and 4021.
'use strict';
const assert = require('node:assert/strict');
const http = require('node:http');
const Razorpay = require('razorpay');
const twilio = require('twilio');

const BASE = process.argv[2] ?? 'http://127.0.0.1:4020';
const PORT = Number(process.argv[3] ?? 4021);
const KEY = { key_id: 'rzp_test_sandbox0000000', key_secret: 'sandbox-razorpay-key-secret' };
const WEBHOOK_SECRET = 'sandbox-razorpay-webhook-secret';
const ACCOUNT = 'AC00000000000000000000000000005a1d';
const TOKEN = 'sandbox-twilio-auth-token';

const received = [];
const shop = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.end();
  });
});

async function until(found, what) {
  for (let turn = 0; turn < 100; turn++) {
    const result = found();
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never came: ${what}`);
}

async function pay(order, outcome) {
  const answer = await fetch(`${BASE}/_sandbox/razorpay/orders/${order}/pay`, {
    method: 'POST',
    body: JSON.stringify({ outcome }),
  });
  assert.equal(answer.status, 200);
  return answer.json();
}

async function razorpay() {
  const client = new Razorpay(KEY);
  client.api.rq.defaults.baseURL = BASE;
  const receipt = `node_${Date.now()}`;
  const order = await client.orders.create({
    amount: 149900, currency: 'INR', receipt, payment: { capture: 'manual' },
  });
  assert.equal(order.status, 'created');
  assert.deepEqual(order.notes, []);
  assert.equal((await client.orders.edit(order.id, { notes: { booking: '7' } })).notes.booking, '7');
  const found = await client.orders.all({ receipt, 'expand[]': 'payments' });
  assert.deepEqual(found.items.map((item) => item.id), [order.id]);
  assert.equal(found.items[0].payments.count, 0);

  const { status, ...proof } = await pay(order.id, 'success');
  assert.equal(status, 'authorized');
  const { validatePaymentVerification } = require('razorpay/dist/utils/razorpay-utils');
  assert(validatePaymentVerification(
    { order_id: order.id, payment_id: proof.razorpay_payment_id },
    proof.razorpay_signature, KEY.key_secret));
  const payment = await client.payments.capture(proof.razorpay_payment_id, 149900, 'INR');
  assert.equal(payment.status, 'captured');
  assert.equal((await client.payments.fetch(payment.id)).fee, 3538);
  assert.equal((await client.orders.fetchPayments(order.id)).count, 1);
  assert.equal((await client.orders.fetch(order.id)).status, 'paid');
  assert((await client.payments.all({ count: 1 })).items.length === 1);

  client.api.rq.defaults.headers.common['X-Refund-Idempotency'] = `${receipt}_refund`;
  const refund = await client.payments.refund(payment.id, { amount: 50000, speed: 'normal' });
  const again = await client.payments.refund(payment.id, { amount: 50000, speed: 'normal' });
  assert.equal(again.id, refund.id);
  await assert.rejects(client.payments.refund(payment.id, { amount: 60000 }), { statusCode: 409 });
  delete client.api.rq.defaults.headers.common['X-Refund-Idempotency'];
  assert.equal((await client.refunds.fetch(refund.id)).status, 'processed');
  assert.equal((await client.payments.fetchMultipleRefund(payment.id)).count, 1);

  await assert.rejects(client.payments.fetch('pay_nothing0000000'), (thrown) =>
    thrown.statusCode === 400 && thrown.error.code === 'BAD_REQUEST_ERROR');
  const stranger = new Razorpay({ ...KEY, key_secret: 'wrong' });
  stranger.api.rq.defaults.baseURL = BASE;
  await assert.rejects(stranger.orders.all(), { statusCode: 401 });

  const told = (event) => received.find((one) =>
    one.url === '/hook' && JSON.parse(one.body).event === event && one.body.includes(payment.id));
  for (const event of ['payment.authorized', 'payment.captured', 'order.paid', 'refund.processed']) {
    const notice = await until(() => told(event), event);
    const signature = notice.headers['x-razorpay-signature'];
    assert(Razorpay.validateWebhookSignature(notice.body, signature, WEBHOOK_SECRET));
    assert(!Razorpay.validateWebhookSignature(`${notice.body} `, signature, WEBHOOK_SECRET));
  }
}

async function texts() {
  const client = twilio(ACCOUNT, TOKEN);
  client.api.baseUrl = BASE;
  const statusCallback = `http://127.0.0.1:${PORT}/status?from=node`;
  const to = '+919812345678';
  const message = await client.messages.create({ to, from: '+15005550006', body: 'नमस्ते ₹5', statusCallback });
  assert.equal(message.status, 'queued');
  assert(message.dateCreated instanceof Date);
  for (const status of ['sent', 'delivered']) {
    const report = await until(() => received.find((one) =>
      one.url === '/status?from=node' && one.body.includes(`MessageStatus=${status}`) &&
      one.body.includes(message.sid)), status);
    const params = Object.fromEntries(new URLSearchParams(report.body));
    assert(twilio.validateRequest(TOKEN, report.headers['x-twilio-signature'], statusCallback, params));
  }
  assert.equal((await client.messages(message.sid).fetch()).status, 'delivered');
  const since = new Date(Date.now() - 60_000);
  const listed = await client.messages.list({ to, dateSentAfter: since, pageSize: 1, limit: 3 });
  assert(listed.some((one) => one.sid === message.sid));
  assert.equal((await client.messages.list({ to, dateSentBefore: new Date(0) })).length, 0);
  const bad = client.messages.create({ to: '123', from: '+15005550006', body: 'x' });
  await assert.rejects(bad, { status: 400, code: 21211 });
  const stranger = twilio(ACCOUNT, 'wrong');
  stranger.api.baseUrl = BASE;
  await assert.rejects(stranger.messages.list({ limit: 1 }), { status: 401, code: 20003 });
}

shop.listen(PORT, '127.0.0.1', async () => {
  try {
    await razorpay();
    console.log('razorpay (node): all well');
    await texts();
    console.log('twilio (node): all well');
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  shop.close();
  shop.closeAllConnections();
});
