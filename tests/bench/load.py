"""The workload: 1.3 KB records of org.twinwire.v1 in quantity. Records are made
once, as bytes with gaps of a fixed width for id and version, because making
each one anew would take longer than what is measured."""

import random
import time

from confluent_kafka import Producer

RU = ("городской фестиваль побратимов выставка современного искусства ярмарка "
      "молодёжный обмен встреча делегаций праздник урожая концерт музыки "
      "круглый стол культура сотрудничество библиотека театр набережная "
      "программа открытие участники регион традиции").split()
EN = ("city festival of twin towns exhibition contemporary art fair youth "
      "exchange meeting delegations harvest celebration chamber music concert "
      "round table culture cooperation municipality library theatre programme "
      "opening participants region traditions workshop").split()
ZH = list("友好城市文化节当代艺术展览青年交流代表团会晤丰收庆典室内乐音乐会圆桌会议合作市政府"
          "图书馆剧院江滨项目开幕参与者地区传统工作坊年度国际论坛")
CITIES = [("wd:Q914", "RU", "Europe/Volgograd", "Volgograd", 48.7, 44.5),
          ("wd:Q92277", "CN", "Asia/Shanghai", "Jilin City", 43.8, 126.5),
          ("wd:Q649", "RU", "Europe/Moscow", "Moscow", 55.75, 37.61),
          ("wd:Q956", "CN", "Asia/Shanghai", "Beijing", 39.9, 116.4),
          ("wd:Q883", "RU", "Asia/Novosibirsk", "Novosibirsk", 55.0, 82.9)]
ID = "evt-%05d"        # 9 characters
VERSION = "%016d"      # microseconds fit, too
ID_GAP, VERSION_GAP = ID % 99999, "9" * 16
POOL = 1000


def words(rand, from_words, size, separator=" "):
    text = ""
    while len(text) < size:
        text += rand.choice(from_words) + separator
    return text[:size].strip()


def event(rand, member, size):
    """An event of about SIZE bytes on the wire, with gaps; as Twinwire writes
    it, so maps are in the order of their keys."""
    city = rand.choice(CITIES)
    more = max(0, size - 1300)
    return {
        "uid": f"bench.{ID_GAP}@{member}", "publisher": member,
        "status": "confirmed", "kind": rand.choice(["festival", "forum"]),
        "title": {"en": words(rand, EN, 60), "ru": words(rand, RU, 33),
                  "zh-Hans": words(rand, ZH, 20, "")},
        "summary": {"en": words(rand, EN, 280 + more),
                    "ru": words(rand, RU, 160),
                    "zh-Hans": words(rand, ZH, 90, "")},
        "start": "2027-05-12T13:00:00", "end": "2027-05-12T15:00:00",
        "tz": city[2], "startUtc": 1810119600000, "endUtc": 1810126800000,
        "attendance": "offline",
        "places": [{"city": {"id": city[0], "country": city[1],
                             "names": {"en": city[3]}, "lat": city[4],
                             "lon": city[5]},
                    "name": {"en": words(rand, EN, 24)}}],
        "organizers": [{"id": f"org:{member}", "role": "organizer",
                        "names": {"en": words(rand, EN, 22)}}],
        "languages": ["ru", "en"],
        "url": f"https://events.example.org/{ID_GAP}?v={VERSION_GAP}",
        "dataLicence": "CC0-1.0", "modifiedAt": 1790000000000}


def versions(rand, n, ids=50000):
    """N times (id, version): one in five is a further version of one of the
    last 50."""
    newest, recent = {}, []
    for _ in range(n):
        if recent and rand.random() < .2:
            one = rand.choice(recent)
        else:
            one = rand.randrange(ids)
        recent.append(one)
        if len(recent) > 50:
            recent.pop(0)
        newest[one] = newest.get(one, 0) + 1
        yield one, newest[one]


class Load:
    """Writes events as MEMBERS; `newest` is what a system ends with."""

    def __init__(self, wire, members, size=1300):
        self.members = members
        self.newest = {m: {} for m in members}  # of each: {uid: version}
        self.written = dict.fromkeys(members, 0)
        self._producer = Producer({
            "bootstrap.servers": wire.brokers, "linger.ms": 20,
            "queue.buffering.max.messages": 200000})
        rand = random.Random(42)
        schema = wire.latest_id("org.twinwire.v1.Event")
        gaps = (ID_GAP.encode(), VERSION_GAP.encode())
        self._pools = {
            m: [wire.encode(schema, event(rand, m, size)) for _ in range(
                max(1, min(POOL, 4000000 // size) // len(members)))]
            for m in members}
        self._gaps = gaps
        self._rand = rand

    def fill(self, n, ids=50000):
        """N events, record ids by chance."""
        for one, version in versions(self._rand, n, ids):
            self._write(one, version)
        assert self._producer.flush(60) == 0
        return self

    def paced(self, rate, seconds):
        """RATE events a second; their versions are the microsecond."""
        start = time.perf_counter()
        for i in range(int(rate * seconds)):
            wait = start + i / rate - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            self._write(i, time.time_ns() // 1000, linger=False)
        assert self._producer.flush(60) == 0

    def _write(self, one, version, linger=True):
        member = self.members[one % len(self.members)]
        pool = self._pools[member]
        value = pool[self.written[member] % len(pool)]
        name = ID % one
        value = value.replace(self._gaps[0], name.encode()).replace(
            self._gaps[1], (VERSION % version).encode())
        key = f"bench.{name}@{member}"
        while True:
            try:
                self._producer.produce(f"tw.events.{member}", value, key)
                break
            except BufferError:
                self._producer.poll(0.05)
        self.newest[member][key] = version
        self.written[member] += 1
        if not linger:
            self._producer.flush()
        elif self.written[member] % 100 == 0:
            self._producer.poll(0)
