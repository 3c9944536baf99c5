"""Who and what the sample month is about: projects, people, models. Every name is invented."""

DOMAIN = "northwinds.edu"

# project, fund, weight of its API traffic, weight of its chat credits, models it likes beyond the common mix,
# members: name, role. The first member is the principal investigator.
PROJECTS = [
    ("genome-annotation", "BIO-4107", 12, 16, {"gpt-5.2": 6},
     [("Ingrid Halvorsen", "pi"), ("Kwame Boateng", "staff"), ("Lucía Ferraro", "student")]),
    ("climate-downscaling", "EARTH-2210", 12, 8, {"gpt-5": 6},
     [("Tomasz Wieczorek", "pi"), ("Naomi Adler", "staff"), ("Ravi Menon", "student")]),
    ("robotics-lab", "ENG-5120", 16, 18, {"gpt-5.1": 8, "gpt-5.2": 6},
     [("Hannah Lindqvist", "pi"), ("Diego Salazar", "staff"), ("Yuki Arakawa", "student"), ("Ben Okafor", "student")]),
    ("astro-pipelines", "PHYS-4405", 9, 8, {"o3": 1},
     [("Margarethe Kohl", "pi"), ("Sanjay Rao", "student")]),
    ("materials-discovery", "CHEM-4230", 11, 9, {"o3": 3, "gpt-5-pro": 3},
     [("Elif Demir", "pi"), ("Patrick Nolan", "staff"), ("Chen Wenqi", "student")]),
    ("econ-forecasting", "SOC-3518", 10, 9, {"o3": 4},
     [("Robert Castellano", "pi"), ("Amara Diallo", "staff"), ("Jonas Bech", "student")]),
    ("public-health-surveys", "MED-6104", 10, 10, {"gpt-4o": 8},
     [("Whitfield, Grace", "pi"), ("Arjun Pillai", "staff"), ("Teresa Vidal", "student")]),
    ("law-clinic", "LAW-7001", 7, 9, {"gpt-5-pro": 2},
     [("Samuel Adeyemi", "pi"), ("Claire Beaumont", "staff")]),
    ("digital-humanities", "HUM-3302", 8, 10, {"gpt-4o": 5},
     [("Petra Novak", "pi"), ("Owen Griffiths", "staff"), ("Leila Haddad", "student")]),
    ("language-tutor", "HUM-3317", 9, 7, {"gpt-4o-mini": 12},
     [("Mei-Ling Tsai", "pi"), ("Viktor Petrov", "student")]),
    ("writing-center", "STUD-1105", 8, 8, {"gpt-4.1-mini": 8},
     [("Dorothy Lang", "pi"), ("Miguel Santos", "staff")]),
    ("library-assist", "LIB-1201", 12, 5, {"gpt-4.1": 26},
     [("Ewa Zielinska", "pi"), ("Marcus Reed", "staff")]),
    ("it-helpdesk", "IT-1002", 14, 6, {"gpt-4o-mini": 10, "gpt-5-nano": 6},
     [("Nadia Rahman", "pi"), ("Doyle, Kevin", "staff")]),
    ("registrar-automation", "ADM-1010", 9, 5, {"gpt-4.1-nano": 10},
     [("Helen Fairbanks", "pi"), ("Luis Ortega", "staff")]),
    ("ai-strategy", "PROV-1001", 8, 9, {"gpt-5.2": 4},
     [("Joanna Marsh", "pi"), ("Felix Wagner", "staff")]),
]
TWO_PROJECTS = ("Anika Sorensen", ["climate-downscaling", "astro-pipelines"])  # listed in both
UNMAPPED = "Theo Brandt"  # listed in none

CROSSES_CAP = "robotics-lab"       # draws its last subsidy dollar in mid-January
NEAR_CAP = "genome-annotation"     # ends January with little left
DRIFTS = ("gpt-4.1", "library-assist")  # recorded 3% low, all month
SERVICE_PROJECTS = ["library-assist", "it-helpdesk", "registrar-automation"]  # also run jobs with no user

# name in the ledger, date suffix in the bill, list price in 1e-10 USD per token (= 1e-4 USD per 1M tokens)
# for input and output, weight, size of its answers
MODELS = [
    ("gpt-4o", "2024-08-06", 25000, 100000, 12, "chat"),
    ("gpt-4o-mini", "2024-07-18", 1500, 6000, 16, "chat"),
    ("gpt-4.1", "2025-04-14", 20000, 80000, 7, "chat"),
    ("gpt-4.1-mini", "2025-04-14", 4000, 16000, 10, "chat"),
    ("gpt-4.1-nano", "2025-04-14", 1000, 4000, 6, "chat"),
    ("gpt-5", "2025-08-07", 12500, 100000, 10, "reasoning"),
    ("gpt-5-mini", "2025-08-07", 2500, 20000, 10, "reasoning"),
    ("gpt-5-nano", "2025-08-07", 500, 4000, 6, "reasoning"),
    ("gpt-5.1", "2025-11-13", 12500, 100000, 8, "reasoning"),
    ("gpt-5.2", "2025-12-11", 17500, 140000, 9, "reasoning"),
    ("gpt-5-pro", "2025-10-06", 150000, 1200000, 2, "deep"),
    ("o3", "2025-04-16", 20000, 80000, 2, "deep"),
]
OLD_PRICE = ("o3", 100000, 400000, 20)  # the o3 price of before June 2025; the ledger uses it again from this day on
# Models no price book knows: the bill has their amounts, the ledger for the first only.
UNKNOWN_PRICED = ("aurora-mini", "2026-01-12", 9000, 36000, 0, "chat")
UNKNOWN_UNPRICED = ("aurora-large", "2026-01-12", 40000, 160000, 0, "chat")

PROMPT_TIERS = [(300, 1500, 16), (1500, 6000, 27), (6000, 25000, 30), (25000, 80000, 20), (80000, 115000, 7)]
ANSWER_TIERS = {
    "chat": [(80, 300, 18), (300, 900, 36), (900, 2500, 32), (2500, 8000, 14)],
    "reasoning": [(300, 900, 10), (900, 2500, 30), (2500, 8000, 42), (8000, 20000, 18)],
    "deep": [(2000, 6000, 70), (6000, 14000, 30)],
}

# usage type, milli-credits per unit, weight, quantity in tenths of a unit; codex and voice come in tenths, the rest whole
CREDIT_TYPES = [
    ("chat.completion.5.reasoning", 10000, 42, [(10, 30, 60), (40, 80, 30), (90, 140, 10)]),
    ("codex", 50, 21, [(200, 800, 40), (800, 4000, 40), (4000, 26000, 20)]),
    ("chat_tool.imagegen", 5000, 9, [(10, 40, 60), (50, 250, 40)]),
    ("chat.completion.5.pro", 50000, 7, [(10, 20, 80), (30, 50, 20)]),
    ("chat_agent.completion", 30000, 7, [(10, 20, 80), (30, 40, 20)]),
    ("deep_research.completion", 50000, 8, [(10, 10, 60), (20, 30, 40)]),
    ("voice.audio.4o", 5000, 6, [(12, 95, 100)]),
]
TENTHS = ("codex", "voice.audio.4o")
CODERS = ("robotics-lab", "astro-pipelines", "materials-discovery", "genome-annotation", "it-helpdesk")  # codex three times as often


class Person:
    """One of the forty, with the ids under which the bill, the ledger and the credit report know them."""

    def __init__(self, name, role, projects, rng):
        last, first = name.split(", ") if ", " in name else (name.split(" ", 1)[1], name.split(" ", 1)[0])
        self.name = name
        self.role = role
        self.projects = projects
        self.email = ("%s.%s@%s" % (first, last, DOMAIN)).lower().replace("í", "i").replace(" ", "-")
        self.platform_id = "user-" + rng.text(8)
        self.account_user_id = "acctuser-" + rng.text(10)
        self.ledger_id = rng.uuid()
        self.key = "key_" + rng.text(6)


class Project:
    def __init__(self, row, rng):
        self.id, self.fund, self.api_weight, self.credit_weight, self.likes, self.member_names = row
        self.openai_project = "proj_" + rng.text(6)
        self.key = "key_" + rng.text(6)
        self.new_key = "key_" + rng.text(6) if self.id == CROSSES_CAP else None  # never wired to the ledger
        self.service_key = "key_" + rng.text(6) if self.id in SERVICE_PROJECTS else None  # mapped nowhere: found by project
        self.service_id = rng.uuid() if self.id in SERVICE_PROJECTS else None
        self.people = []


class Cast:
    def __init__(self, rng):
        self.projects = [Project(row, rng) for row in PROJECTS]
        self.by_id = {p.id: p for p in self.projects}
        self.people = []
        for project in self.projects:
            for name, role in project.member_names:
                self.people.append(Person(name, role, [project], rng))
        self.two_projects = Person(TWO_PROJECTS[0], "staff", [self.by_id[p] for p in TWO_PROJECTS[1]], rng)
        self.unmapped = Person(UNMAPPED, "student", [], rng)
        self.people += [self.two_projects, self.unmapped]
        for person in self.people:
            for project in person.projects:
                project.people.append(person)
        self.default_project = "proj_default"
