"""The official Python SDKs of Razorpay and Twilio, run unchanged against the sandbox.

By hand, in a virtual environment outside the project:
  pip install razorpay twilio
  cargo run -p indistylo-sandbox -- --webhook-url http://127.0.0.1:4021/hook     (elsewhere)
  python <project>/apps/sandbox/tests/sdk/check.py
Arguments: the sandbox's address and this script's own port, if they are not 4020 and 4021.
"""

import datetime
import http.server
import json
import sys
import threading
import time
import urllib.parse
import urllib.request

import razorpay
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:4020"
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 4021
KEY = ("rzp_test_sandbox0000000", "sandbox-razorpay-key-secret")
WEBHOOK_SECRET = "sandbox-razorpay-webhook-secret"
ACCOUNT, TOKEN = "AC00000000000000000000000000005a1d", "sandbox-twilio-auth-token"

received = []


class Shop(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        received.append((self.path, self.headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def until(found, what):
    for _ in range(100):
        for one in list(received):
            if found(*one):
                return one
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}")


def refused(error, call, holds=lambda _: True):
    try:
        call()
    except error as thrown:
        assert holds(thrown), thrown
    else:
        raise AssertionError(f"{error.__name__} was expected")


def pay(order, outcome):
    request = urllib.request.Request(
        f"{BASE}/_sandbox/razorpay/orders/{order}/pay",
        data=json.dumps({"outcome": outcome}).encode(),
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def payments():
    client = razorpay.Client(auth=KEY, base_url=BASE)
    receipt = f"py_{time.time_ns()}"
    order = client.order.create(
        {"amount": 149900, "currency": "INR", "receipt": receipt, "payment": {"capture": "automatic"}}
    )
    assert order["status"] == "created" and order["notes"] == []
    assert client.order.edit(order["id"], {"notes": {"booking": "7"}})["notes"] == {"booking": "7"}
    found = client.order.all({"receipt": receipt, "expand[]": "payments"})
    assert [one["id"] for one in found["items"]] == [order["id"]]
    assert found["items"][0]["payments"]["count"] == 0

    proof = pay(order["id"], "success")
    assert proof.pop("status") == "captured"
    assert client.utility.verify_payment_signature(proof)
    forged = {**proof, "razorpay_signature": "0" * 64}
    refused(razorpay.errors.SignatureVerificationError, lambda: client.utility.verify_payment_signature(forged))
    payment = client.payment.fetch(proof["razorpay_payment_id"])
    assert (payment["status"], payment["fee"], payment["tax"]) == ("captured", 3538, 540)
    assert client.order.payments(order["id"])["count"] == 1
    assert client.order.fetch(order["id"])["status"] == "paid"
    bad_request = razorpay.errors.BadRequestError
    refused(bad_request, lambda: client.payment.capture(payment["id"], 149900, {"currency": "INR"}))

    key = {"X-Refund-Idempotency": f"{receipt}_refund"}
    ask = {"amount": 50000, "speed": "normal"}
    refund = client.payment.refund(payment["id"], dict(ask), headers=key)
    assert client.payment.refund(payment["id"], dict(ask), headers=key)["id"] == refund["id"]
    refused(bad_request, lambda: client.payment.refund(payment["id"], {"amount": 60000}, headers=key))
    assert client.refund.fetch(refund["id"])["status"] == "processed"
    assert client.payment.fetch_multiple_refund(payment["id"])["count"] == 1
    refused(bad_request, lambda: client.payment.fetch("pay_nothing0000000"))
    stranger = razorpay.Client(auth=(KEY[0], "wrong"), base_url=BASE)
    refused(bad_request, stranger.order.all, lambda thrown: "Authentication" in str(thrown))

    for event in ["payment.authorized", "payment.captured", "order.paid", "refund.processed"]:
        told = lambda path, _, body: (
            path == "/hook" and json.loads(body)["event"] == event and payment["id"] in body
        )
        _, headers, body = until(told, event)
        signature = headers["x-razorpay-signature"]
        assert client.utility.verify_webhook_signature(body, signature, WEBHOOK_SECRET)
        refused(
            razorpay.errors.SignatureVerificationError,
            lambda: client.utility.verify_webhook_signature(body + " ", signature, WEBHOOK_SECRET),
        )


def texts():
    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = BASE
    callback = f"http://127.0.0.1:{PORT}/status?from=python"
    to, sender = "+919812345678", "+15005550006"
    message = client.messages.create(to=to, from_=sender, body="नमस्ते ₹5", status_callback=callback)
    assert message.status == "queued" and isinstance(message.date_created, datetime.datetime)
    for status in ["sent", "delivered"]:
        told = lambda path, _, body: (
            path == "/status?from=python" and f"MessageStatus={status}" in body and message.sid in body
        )
        _, headers, body = until(told, status)
        params = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        assert RequestValidator(TOKEN).validate(callback, params, headers["x-twilio-signature"])
    assert client.messages(message.sid).fetch().status == "delivered"
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
    listed = client.messages.list(to=to, date_sent_after=since, page_size=1, limit=3)
    assert message.sid in [one.sid for one in listed]
    assert client.messages.list(to=to, date_sent_before=datetime.datetime(1970, 1, 2)) == []
    refused(
        TwilioRestException,
        lambda: client.messages.create(to="123", from_=sender, body="x"),
        lambda thrown: (thrown.status, thrown.code) == (400, 21211),
    )
    stranger = Client(ACCOUNT, "wrong")
    stranger.api.base_url = BASE
    refused(
        TwilioRestException,
        lambda: stranger.messages(message.sid).fetch(),
        lambda thrown: (thrown.status, thrown.code) == (401, 20003),
    )


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Shop)
threading.Thread(target=server.serve_forever, daemon=True).start()
payments()
print("razorpay (python): all well")
texts()
print("twilio (python): all well")
