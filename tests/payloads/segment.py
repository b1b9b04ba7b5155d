"""Bodies as Segment's and RudderStack's clients send them; the values are our own."""

from typing import Any

PYTHON: dict[str, Any] = {
    "sentAt": "2026-11-23T08:59:30.000000+00:00",
    "writeKey": "wk",
    "batch": [
        {
            "integrations": {}, "anonymousId": None, "type": "identify", "userId": "207",
            "timestamp": "2026-11-23T08:58:00.123+00:00", "messageId": "py-1",
            "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
            "traits": {"email": "Ann@Quietwater.example", "name": "Ann Lee", "title": "Head"},
        },
        {
            "integrations": {}, "anonymousId": None, "type": "group", "userId": "207",
            "groupId": "qw-1", "timestamp": "2026-11-23T08:58:01.000+00:00", "messageId": "py-2",
            "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
            "traits": {"name": "Quietwater Freight", "website": "https://www.quietwater.example/en",
                       "plan": "growth", "employees": 120, "total billed": 830},
        },
        {
            "integrations": {}, "anonymousId": None, "type": "track", "userId": "207",
            "event": "Signed In", "timestamp": "2026-11-23T08:58:02.456+00:00",
            "messageId": "py-3", "properties": {},
            "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        },
        {
            "integrations": {}, "anonymousId": None, "type": "page", "userId": "207",
            "category": None, "name": None, "timestamp": "2026-11-23T08:58:03.789+00:00",
            "messageId": "py-4", "properties": {},
            "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        },
    ],
}  # fmt: skip

RUBY: dict[str, Any] = {
    "sentAt": "2026-11-23T09:59:03.084+01:00",
    "batch": [
        {
            "anonymousId": None, "integrations": None, "options": None, "messageId": "rb-1",
            "context": {"library": {"name": "analytics-ruby", "version": "2.4.0"}},
            "timestamp": "2026-11-23T09:58:59.082+01:00", "userId": 207, "type": "track",
            "event": "Feature Used", "properties": {"feature": "shipments", "duration_ms": 90_000},
        }
    ],
}  # fmt: skip

GO: dict[str, Any] = {
    "messageId": "go-batch", "sentAt": "2009-11-10T23:00:00Z",
    "context": {"library": {"name": "analytics-go", "version": "3.0.0"}, "groupId": "qw-1"},
    "batch": [
        {"type": "track", "event": "Download", "messageId": "go-1", "userId": "gopher",
         "timestamp": "2009-11-10T22:59:00Z", "properties": {"application": "Desk", "version": 0}},
        {"type": "identify", "messageId": "go-2", "userId": "gopher",
         "timestamp": "2009-11-10T23:00:00Z"},
        {"type": "group", "messageId": "go-3", "userId": "gopher", "groupId": "qw-1",
         "timestamp": "2009-11-10T23:00:00Z"},
    ],
}  # fmt: skip

NODE: dict[str, Any] = {
    "batch": [
        {
            "_metadata": {"nodeVersion": "20.11.1"}, "integrations": {}, "type": "track",
            "context": {"library": {"name": "AnalyticsNode", "version": "1.0.0"}},
            "messageId": "node-next-1", "timestamp": "2026-11-22T00:00:00.000Z",
            "event": "Label Printed", "properties": {"count": 3}, "userId": "n-1",
        }
    ],
}  # fmt: skip

# By hand, after the HTTP API's own page: no messageId, no sentAt, months without their zero.
HTTP: dict[str, Any] = {
    "writeKey": "wk",
    "context": {"device": {"type": "phone", "name": "A phone"}},
    "batch": [
        {"type": "track", "userId": "h-1", "event": "Song Played", "properties": {"name": "One"},
         "timestamp": "2015-2-02T00:30:08.276Z"},
        {"type": "track", "userId": "h-1", "event": "Song Played", "properties": {"name": "Two"},
         "timestamp": "2015-2-02T00:30:12.984Z"},
        {"type": "track", "userId": "h-1", "event": "Song Played", "properties": {"name": "Two"},
         "timestamp": "2015-2-02T00:30:12.984Z"},
    ],
}  # fmt: skip

RUDDER_NODE: dict[str, Any] = {
    "timestamp": "2026-11-23T08:59:01.000Z", "sentAt": "2026-11-23T08:59:01.000Z",
    "batch": [
        {"type": "identify", "userId": "10", "traits": {"email": "lu@quietwater.example"},
         "originalTimestamp": "2026-11-23T08:59:00.123Z", "channel": "server",
         "context": {"library": {"name": "analytics-node", "version": "3.0.6"}},
         "_metadata": {"nodeVersion": "20.11.1"}, "messageId": "rn-1"},
        {"type": "track", "userId": "10", "event": "Feature Used",
         "properties": {"feature": "reports"}, "channel": "server",
         "originalTimestamp": "2026-11-23T08:59:00.300Z", "messageId": "rn-2",
         "context": {"library": {"name": "analytics-node", "version": "3.0.6"}}},
    ],
}  # fmt: skip

RUDDER_WEB: dict[str, Any] = {
    "channel": "web", "type": "track", "event": "Feature Used", "messageId": "rw-1",
    "properties": {"feature": "reports"}, "anonymousId": "0f3c-visitor", "userId": "",
    "context": {
        "app": {"name": "RudderLabs JavaScript SDK", "version": "3.0.3"},
        "traits": {"email": "ann@quietwater.example"}, "sessionId": 1_795_424_340_123,
        "page": {"path": "/reports", "referrer": "$direct", "search": "", "title": "Reports"},
        "os": {"name": "", "version": ""},
    },
    "integrations": {"All": True}, "originalTimestamp": "2026-11-23T08:58:00.123Z",
    "sentAt": "2026-11-23T08:59:00.456Z", "receivedAt": "2026-11-23T09:59:00.789+01:00",
    "rudderId": "8f8fa6b5",
}  # fmt: skip

RUDDER_IDENTIFY: dict[str, Any] = {
    "channel": "web", "type": "identify", "messageId": "rw-2", "anonymousId": "0f3c-visitor",
    "userId": "207", "context": {"traits": {"email": "ann@quietwater.example", "name": "Ann Lee"}},
    "originalTimestamp": "2026-11-23T08:59:00.123Z", "sentAt": "2026-11-23T08:59:00.456Z",
}  # fmt: skip
