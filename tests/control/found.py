"""Plants that once broke an invariant, as hypothesis drew them; the seeds of `bear` go with them."""

from __future__ import annotations

from typing import Any

FOUND: dict[str, tuple[dict[str, Any], int]] = {}

FOUND["a rework unit holds a place that the queue does not have"] = (
    {
        "plant": "drawn",
        "materials": {
            "raw": {"buy": True, "family": "blue"},
            "part-a": {"family": "red", "serial": True},
            "part-b": {"family": "blue", "serial": True},
            "product": {"serial": False},
        },
        "stations": {
            "s1": {
                "machines": 1,
                "queue": 1,
                "outbox": 0,
                "rework_queue": 1,
                "failures": [
                    {"name": "jam", "every": "5000 s", "clock": "busy", "repair": "223 s"},
                    {
                        "name": "often",
                        "every": {"dist": "empirical", "values": ["251 s", "502 s"]},
                        "clock": "busy",
                        "repair": {"dist": "gamma", "mean": "164 s", "cv": 0.3},
                    },
                ],
                "tools": {
                    "T1": {"life": "30 min cutting", "change": "1 min", "spares": 2, "resharpen": "20 min"}
                },
                "needs": "tend",
                "at_shift_end": "pause",
                "holds_place": True,
            },
            "s2": {
                "machines": 1,
                "queue": 1,
                "outbox": 0,
                "rework_queue": 2,
                "failures": [{"name": "jam", "every": "5146 s", "clock": "busy", "repair": "288 s"}],
                "at_shift_end": "pause",
            },
            "s4": {
                "machines": 1,
                "queue": {"part-a": 6, "part-b": 3},
                "outbox": 0,
                "rework_queue": "unlimited",
                "at_shift_end": "pause",
            },
        },
        "routes": {
            "part-a": [
                {
                    "op1": {
                        "at": "s1",
                        "time": {"dist": "exponential", "mean": "436 s"},
                        "takes": {"raw": 1},
                        "lot": 4,
                        "transfer": 2,
                        "fail": {"rate": "10%", "then": "pass", "rework": "op1", "at_most": 1},
                        "sample": "1 in 5",
                    }
                },
                {"more0": {"at": "s1", "time": {"dist": "normal", "mean": "179 s", "sd": "17.9 s"}}},
                {"more1": {"at": ["s4", "s1"], "time": {"dist": "uniform", "low": "45 s", "high": "135 s"}}},
                {"more2": {"at": "s2", "time": "107 s"}},
            ],
            "part-b": [
                {
                    "op1": {
                        "at": "s1",
                        "time": {"dist": "beta", "alpha": 2, "beta": 3, "low": "0 s", "high": "1104 s"},
                        "takes": {"raw": 1},
                        "lot": 4,
                        "transfer": 4,
                    }
                },
                {
                    "op2": {
                        "at": "s2",
                        "time": {
                            "dist": "mixture",
                            "of": [
                                {"weight": "90%", "dist": "constant", "value": "283 s"},
                                {"weight": "10%", "dist": "exponential", "mean": "566 s"},
                            ],
                        },
                    }
                },
            ],
            "product": [
                {
                    "assemble": {
                        "at": "s4",
                        "time": {"dist": "normal", "mean": "145 s", "sd": "43.5 s"},
                        "takes": {"part-a": 1, "part-b": 2},
                    }
                }
            ],
        },
        "calendar": {"day": {"on": "mon-fri 06:00-22:00", "breaks": ["10:00-10:15"]}},
        "crews": {"crew": {"people": 3, "skills": ["tend", "mend"]}},
        "orders": {
            "streams": [
                {
                    "every": {"dist": "exponential", "mean": "38 h"},
                    "quantity": 5,
                    "material": "product",
                    "priority": 0,
                }
            ]
        },
        "control": {
            "dispatch": "fewest-setups",
            "blocking": "before-service",
            "release": {"conwip": 10},
            "replace_scrap": True,
        },
        "transport": {
            "belt": {
                "from": "s2",
                "to": "out",
                "time": {"dist": "erlang", "mean": "8 s", "shape": 3},
                "capacity": 1,
            }
        },
    },
    87,
)

FOUND["a conveyor gives the place behind it back"] = (
    {
        "plant": "drawn",
        "materials": {"raw": {"buy": True, "family": "blue"}, "part-a": {"family": "red", "serial": False}},
        "stations": {
            "s2": {
                "machines": 1,
                "queue": 2,
                "outbox": 0,
                "rework_queue": "unlimited",
                "setup": {"time": {"red": {"blue": "3 min"}, "blue": {"red": "2 min"}}, "first": False},
                "failures": [
                    {
                        "name": "jam",
                        "every": {"dist": "uniform", "low": "4059.5 s", "high": "12178.5 s"},
                        "clock": "calendar",
                        "repair": {"dist": "weibull", "mean": "195 s", "shape": 1.5},
                    }
                ],
                "tools": {
                    "T1": {"life": "30 min cutting", "change": "1 min", "spares": 2, "resharpen": "20 min"}
                },
                "at_shift_end": "pause",
            },
            "s4": {
                "machines": 1,
                "queue": 1,
                "outbox": 0,
                "rework_queue": "unlimited",
                "batch": {"least": 1, "most": 1, "wait": "5 min"},
                "needs": "tend",
                "blocking": "communication",
            },
        },
        "routes": {
            "part-a": [
                {
                    "op1": {
                        "at": "s2",
                        "time": {"dist": "gamma", "mean": "369 s", "cv": 0.5},
                        "takes": {"raw": "1/12"},
                    }
                },
                {
                    "op2": {
                        "at": "s4",
                        "time": {"dist": "triangular", "low": "0 s", "mode": "337 s", "high": "674 s"},
                        "fail": {"rate": "10%", "then": "pass", "rework": "op1", "at_most": 1},
                        "sample": "all",
                    }
                },
                {
                    "more0": {
                        "at": ["s2", "s4"],
                        "time": {"dist": "geometric", "p": 0.5, "unit": "189 s", "offset": "1 s"},
                    }
                },
            ]
        },
        "crews": {"crew": {"people": 1, "skills": ["tend", "mend"]}},
        "orders": {
            "streams": [
                {
                    "material": "part-a",
                    "every": {"dist": "empirical", "values": ["86 s", "172 s"]},
                    "quantity": 8,
                    "due": {"dist": "weibull", "mean": "3321 s", "shape": 1.5},
                    "when_full": "wait",
                }
            ],
            "saturated": ["part-a"],
        },
        "control": {
            "dispatch": "fewest-setups",
            "blocking": "before-service",
            "release": {"drum": "s2", "rope": 6},
            "replace_scrap": True,
        },
        "transport": {
            "belt": {
                "from": "any",
                "to": "s4",
                "time": {"dist": "erlang", "mean": "47 s", "shape": 3},
                "capacity": 3,
            }
        },
    },
    91,
)

FOUND["units that come out of others take no cards"] = (
    {
        "plant": "drawn",
        "materials": {
            "raw": {"buy": True, "family": "blue"},
            "part-a": {"family": "red", "serial": True},
            "part-b": {"family": "blue", "serial": True},
            "chip": {},
            "core": {},
        },
        "stations": {
            "s1": {
                "machines": 1,
                "queue": 2,
                "outbox": 0,
                "rework_queue": 0,
                "failures": [
                    {
                        "name": "jam",
                        "every": {"dist": "exponential", "mean": "2000 s"},
                        "clock": "busy",
                        "repair": {"dist": "gamma", "mean": "10 s", "cv": 0.1},
                    },
                    {
                        "name": "often",
                        "every": {"dist": "geometric", "p": 0.5, "unit": "201 s", "offset": "1 s"},
                        "clock": "calendar",
                        "repair": {"dist": "lognormal", "mean": "206 s", "cv": 0.1},
                    },
                ],
                "tools": {
                    "T1": {"life": "30 min cutting", "change": "1 min", "spares": 2, "resharpen": "20 min"}
                },
            },
            "s2": {
                "machines": 1,
                "queue": 5,
                "outbox": 0,
                "rework_queue": 1,
                "needs": "tend",
                "at_shift_end": "pause",
            },
            "s3": {
                "machines": 2,
                "queue": 0,
                "outbox": 0,
                "rework_queue": "unlimited",
                "setup": {"time": {"red": {"blue": "3 min"}, "blue": {"red": "2 min"}}, "first": False},
                "blocking": "communication",
            },
            "s4": {
                "machines": 2,
                "queue": 0,
                "outbox": 0,
                "rework_queue": "unlimited",
                "setup": {"time": {"red": {"blue": "3 min"}, "blue": {"red": "2 min"}}, "first": False},
            },
        },
        "routes": {
            "part-a": [
                {
                    "op1": {
                        "at": "s1",
                        "time": {"dist": "erlang", "mean": "149 s", "shape": 3},
                        "takes": {"raw": "1/12"},
                        "lot": 4,
                        "transfer": 1,
                    }
                },
                {"op2": {"at": "s2", "time": {"dist": "empirical", "values": ["105 s", "210 s"]}}},
                {"op3": {"at": "s3", "time": {"dist": "exponential", "mean": "1 s"}}},
                {
                    "op4": {
                        "at": "s4",
                        "time": {"dist": "geometric", "p": 0.5, "unit": "166 s", "offset": "1 s"},
                        "fail": {"rate": "10%", "then": "scrap", "rework": "op1", "at_most": 1},
                        "sample": "all",
                    }
                },
                {
                    "more0": {
                        "at": "s3",
                        "time": {"dist": "geometric", "p": 0.5, "unit": "255 s", "offset": "1 s"},
                        "sample": "1 in 2",
                        "fail": {"rate": "40%", "scrap_rate": "5%", "rework": "op3", "at_most": 1},
                        "gives": {"core": 2},
                    }
                },
            ],
            "part-b": [
                {
                    "op1": {
                        "at": "s1",
                        "time": {"dist": "weibull", "mean": "37 s", "shape": 1.5},
                        "takes": {"raw": "1/12"},
                        "lot": 4,
                        "transfer": 4,
                    }
                },
                {
                    "more0": {
                        "at": ["s2", "s4"],
                        "time": {"dist": "uniform", "low": "119.5 s", "high": "358.5 s"},
                        "sample": "1 in 2",
                        "fail": {"rate": "40%", "scrap_rate": "5%", "rework": "op1", "at_most": 1},
                    }
                },
            ],
            "core": [{"wash": {"at": "s4", "time": "20 s"}}],
        },
        "calendar": {
            "day": {"on": "mon-fri 06:00-22:00", "breaks": ["10:00-10:15"]},
            "night": {"on": "mon-thu 22:00-06:00", "unattended": True},
        },
        "crews": {"crew": {"people": 1, "skills": ["tend", "mend"]}},
        "orders": {"saturated": [{"part-a": "50%", "part-b": "50%"}]},
        "control": {
            "dispatch": "shortest-processing-time",
            "blocking": "after-service",
            "release": {"drum": "s4", "rope": 5},
            "replace_scrap": False,
        },
        "transport": {
            "belt": {
                "from": "any",
                "to": "out",
                "time": {"dist": "erlang", "mean": "43 s", "shape": 3},
                "capacity": 2,
            }
        },
    },
    343,
)

FOUND["a unit passes one that cannot move"] = (
    {
        "plant": "drawn",
        "materials": {
            "raw": {"buy": True, "family": "blue"},
            "part-a": {"family": "red", "serial": True},
            "part-b": {"family": "blue", "serial": True},
            "chip": {},
            "core": {},
        },
        "stations": {
            "s1": {"machines": 2, "queue": 5, "outbox": 0, "rework_queue": "unlimited"},
            "s2": {
                "machines": 3,
                "queue": 1,
                "outbox": 0,
                "rework_queue": "unlimited",
                "setup": {"time": "2 min", "first": False},
                "failures": [
                    {
                        "name": "jam",
                        "every": {"dist": "empirical", "values": ["3902 s", "7804 s"]},
                        "clock": "calendar",
                        "repair": {"dist": "erlang", "mean": "112 s", "shape": 3},
                    }
                ],
            },
            "s3": {
                "machines": 2,
                "queue": 0,
                "outbox": 2,
                "rework_queue": "unlimited",
                "failures": [
                    {
                        "name": "jam",
                        "every": {"dist": "beta", "alpha": 2, "beta": 3, "low": "0 s", "high": "5280 s"},
                        "clock": "calendar",
                        "repair": {"dist": "lognormal", "mean": "272 s", "cv": 0.1},
                    }
                ],
            },
        },
        "routes": {
            "part-a": [
                {
                    "op1": {
                        "at": "s1",
                        "time": {"dist": "beta", "alpha": 2, "beta": 3, "low": "0 s", "high": "166 s"},
                        "takes": {"raw": 1},
                        "gives": {"chip": 2},
                    }
                },
                {"op2": {"at": "s2", "time": {"dist": "normal", "mean": "105 s", "sd": "31.5 s"}}},
                {
                    "op3": {
                        "at": "s3",
                        "time": {
                            "dist": "mixture",
                            "of": [
                                {"weight": "90%", "dist": "constant", "value": "577 s"},
                                {"weight": "10%", "dist": "exponential", "mean": "1154 s"},
                            ],
                        },
                        "fail": {"rate": "10%", "then": "scrap", "rework": "op1", "at_most": "unlimited"},
                        "sample": "all",
                    }
                },
                {"more0": {"at": ["s2", "s1"], "time": {"dist": "lognormal", "mean": "255 s", "cv": 0.5}}},
            ],
            "part-b": [
                {
                    "op1": {
                        "at": "s1",
                        "time": {"dist": "geometric", "p": 0.5, "unit": "473 s", "offset": "1 s"},
                        "takes": {"raw": 1},
                        "lot": 4,
                        "transfer": 4,
                        "fail": {"rate": "10%", "then": "pass", "rework": "op1", "at_most": "unlimited"},
                        "sample": "all",
                    }
                }
            ],
            "core": [{"wash": {"at": "s1", "time": "20 s"}}],
        },
        "orders": {"saturated": [{"part-a": "50%", "part-b": "50%"}]},
        "control": {
            "dispatch": "shortest-processing-time",
            "blocking": "before-service",
            "replace_scrap": True,
        },
    },
    1000,
)

FOUND["a conveyor is full though the place behind it is kept"] = (
    {
        "plant": "drawn",
        "materials": {
            "raw": {"buy": True, "family": "blue"},
            "part-a": {"family": "red", "serial": True},
            "product": {"serial": True},
            "chip": {},
            "core": {},
        },
        "stations": {
            "s1": {
                "machines": 1,
                "queue": 2,
                "outbox": 0,
                "rework_queue": "unlimited",
                "tools": {"T1": {"life": 20, "change": "1 min", "spares": 2, "resharpen": "20 min"}},
                "needs": "tend",
                "holds_place": False,
            },
            "s2": {
                "machines": 1,
                "queue": 3,
                "outbox": 0,
                "rework_queue": 1,
                "failures": [
                    {
                        "name": "jam",
                        "every": {"dist": "uniform", "low": "1599 s", "high": "4797 s"},
                        "clock": "calendar",
                        "repair": {"dist": "weibull", "mean": "97 s", "shape": 1.5},
                        "needs": "mend",
                    }
                ],
            },
            "s3": {
                "machines": 1,
                "queue": {"part-a": 6},
                "outbox": 0,
                "rework_queue": 1,
                "tools": {"T1": {"life": 20, "change": "1 min", "spares": 2, "resharpen": "20 min"}},
                "needs": "tend",
                "blocking": "after-service",
            },
        },
        "routes": {
            "part-a": [
                {
                    "op1": {
                        "at": "s1",
                        "time": {"dist": "uniform", "low": "204 s", "high": "612 s"},
                        "takes": {"raw": "1/12"},
                        "gives": {"core": 3},
                    }
                },
                {"op2": {"at": "s2", "time": "429 s"}},
                {
                    "more0": {
                        "at": "s3",
                        "time": {"dist": "beta", "alpha": 2, "beta": 3, "low": "0 s", "high": "328 s"},
                    }
                },
                {
                    "more1": {
                        "at": "s1",
                        "time": {"dist": "geometric", "p": 0.5, "unit": "238 s", "offset": "1 s"},
                        "sample": "1 in 3",
                        "fail": {"rate": "40%", "scrap_rate": "5%", "rework": "op2", "at_most": 1},
                    }
                },
            ],
            "product": [
                {
                    "assemble": {
                        "at": "s3",
                        "time": {"dist": "lognormal", "mean": "51 s", "cv": 0.1},
                        "takes": {"part-a": 2},
                    }
                }
            ],
            "core": [{"wash": {"at": "s2", "time": "20 s"}}],
        },
        "calendar": {"day": {"on": "mon-fri 06:00-22:00", "breaks": ["10:00-10:15"]}},
        "crews": {"crew": {"people": 2, "skills": ["tend", "mend"]}},
        "orders": {
            "streams": [
                {
                    "every": {"dist": "exponential", "mean": "51 h"},
                    "quantity": 5,
                    "due": {"dist": "lognormal", "mean": "3000 s", "cv": 0.1},
                    "material": "product",
                    "priority": 0,
                }
            ]
        },
        "control": {
            "dispatch": "earliest-due-date",
            "blocking": "before-service",
            "release": {"drum": "s2", "rope": 1},
            "replace_scrap": False,
        },
        "transport": {
            "robot": {
                "vehicles": 2,
                "speed": "1 m/s",
                "load": "2 s",
                "serves": ["in", "s1"],
                "distances": {"in": {"s1": "33 m"}},
                "picks": "nearest",
            },
            "belt": {
                "from": "s1",
                "to": "s2",
                "time": {"dist": "lognormal", "mean": "15 s", "cv": 0.1},
                "capacity": 1,
            },
        },
    },
    177,
)

FOUND["rework that will come back to a station without places"] = (
    {
        "plant": "drawn",
        "materials": {
            "raw": {"buy": True, "family": "blue"},
            "part-a": {"family": "red", "serial": False},
            "chip": {},
            "core": {},
        },
        "stations": {
            "s2": {
                "machines": 2,
                "queue": 0,
                "outbox": 0,
                "rework_queue": 0,
                "tools": {"T1": {"life": 20, "change": "1 min", "spares": 2, "resharpen": "20 min"}},
                "blocking": "communication",
                "failures": [
                    {
                        "name": "often",
                        "every": {"dist": "exponential", "mean": "50 s"},
                        "clock": "busy",
                        "repair": {"dist": "exponential", "mean": "10 s"},
                    }
                ],
            }
        },
        "routes": {
            "part-a": [
                {"op1": {"at": "s2", "time": "1 s", "takes": {"raw": 1}, "gives": {"chip": 1}}},
                {
                    "more0": {
                        "at": "s2",
                        "time": "6 s",
                        "sample": "1 in 3",
                        "fail": {"rate": "40%", "scrap_rate": "5%", "rework": "op1", "at_most": 1},
                    }
                },
            ],
            "core": [{"wash": {"at": "s2", "time": "20 s"}}],
        },
        "orders": {
            "streams": [
                {
                    "material": "part-a",
                    "every": {"dist": "exponential", "mean": "30 s"},
                    "quantity": 10,
                    "due": "3000 s",
                    "when_full": "wait",
                }
            ],
            "saturated": ["part-a"],
        },
        "control": {"dispatch": "fewest-setups", "blocking": "after-service", "replace_scrap": False},
        "transport": {},
    },
    1,
)

FOUND["rework takes a machine that is promised to a unit on its way"] = (
    {
        "plant": "drawn",
        "materials": {
            "raw": {"buy": True, "family": "blue"},
            "part-a": {"family": "red", "serial": False},
            "part-b": {"family": "blue", "serial": False},
        },
        "stations": {
            "s3": {
                "machines": 1,
                "queue": 0,
                "outbox": 0,
                "rework_queue": "unlimited",
                "tools": {
                    "T1": {"life": "30 min cutting", "change": "1 min", "spares": 2, "resharpen": "20 min"}
                },
                "at_shift_end": "pause",
                "failures": [{"name": "often", "every": "50 s", "clock": "busy", "repair": "10 s"}],
            },
            "s4": {
                "machines": 2,
                "queue": 5,
                "outbox": 0,
                "rework_queue": "unlimited",
                "failures": [
                    {"name": "jam", "every": "2000 s", "clock": "busy", "repair": "10 s"},
                    {"name": "often", "every": "50 s", "clock": "busy", "repair": "10 s"},
                ],
                "at_shift_end": "pause",
            },
        },
        "routes": {
            "part-a": [
                {"op1": {"at": "s3", "time": "1 s", "takes": {"raw": 1}, "lot": 4, "transfer": 1}},
                {"op2": {"at": "s4", "time": {"dist": "exponential", "mean": "7 s"}}},
                {
                    "more0": {
                        "at": "s3",
                        "time": "1 s",
                        "sample": "1 in 2",
                        "fail": {"rate": "40%", "scrap_rate": "5%", "rework": "op1", "at_most": 1},
                    }
                },
                {
                    "more1": {
                        "at": "s4",
                        "time": "1 s",
                        "sample": "1 in 2",
                        "fail": {"rate": "40%", "scrap_rate": "5%", "rework": "op1", "at_most": 1},
                    }
                },
            ],
            "part-b": [{"op1": {"at": "s4", "time": "1 s", "takes": {"raw": 1}}}],
        },
        "orders": {
            "streams": [
                {"material": "part-a", "every": "30 s", "quantity": 1, "due": "3000 s", "when_full": "wait"}
            ],
            "saturated": [],
        },
        "control": {"dispatch": "fifo", "blocking": "before-service", "replace_scrap": False},
        "transport": {},
    },
    1,
)

AMONG_PEOPLE: dict[str, tuple[dict[str, Any], int]] = {}  # broke while people did things drawn with this seed
_ROUTE = [
    {"op1": {"at": "s1", "time": "1 s", "takes": {"raw": 1}}},
    {"more0": {"at": "s1", "time": "1 s"}},
    {
        "more1": {
            "at": "s1",
            "time": "1 s",
            "sample": "1 in 2",
            "fail": {"rate": "40%", "scrap_rate": "5%", "rework": "op1", "at_most": 1},
        }
    },
    {"more2": {"at": "s1", "time": "1 s"}},
]
AMONG_PEOPLE["rework that holds a place goes on at the same station"] = (
    {
        "plant": "drawn",
        "materials": {
            "raw": {"buy": True, "family": "blue"},
            "part-a": {"family": "red", "serial": False},
            "part-b": {"family": "blue", "serial": False},
        },
        "stations": {
            "s1": {
                "machines": 3,
                "queue": 5,
                "outbox": 0,
                "rework_queue": "unlimited",
                "at_shift_end": "pause",
                "holds_place": True,
            }
        },
        "routes": {"part-a": _ROUTE, "part-b": _ROUTE},
        "orders": {"saturated": ["part-a", "part-b"]},
        "control": {"dispatch": "fifo", "blocking": "communication", "replace_scrap": False},
    },
    1,
)
