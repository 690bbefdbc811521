"""What names of columns and files say, in the words that people use for them, and identifiers made of them."""

import re
import unicodedata
from collections.abc import Iterable

from warehouse.sql import needs_no_quotes


def _of(words: str) -> frozenset[str]:
    return frozenset(words.split())


MACHINE_WORDS = _of("""machine machineid asset assetid equipment equipmentid equip unit unitid serial serialnumber
serialno sn device
    deviceid pump fan motor engine turbine tool toolid robot vehicle truck wagon press chiller compressor station line
    plant anlage maschine maschinennummer geraet gerät pumpe aggregat inventarnummer equi drive disk""")
TIME_WORDS = _of("""datetime timestamp time date ts zeit datum zeitstempel uhrzeit stamp when day moment created
occurred recorded
    logged measured sampled begin start finish finished failed reported epoch utc beginn""")
ENDED_WORDS = _of("end ended until stop stopped finish resolved closed cleared restored ende bis to")
SERVED_FROM_WORDS = _of("""from since installed installation commissioned commissioning start inbetriebnahme
    zugang von ab seit""")
SERVED_UNTIL_WORDS = _of("""until end scrapped scrapping retired retirement decommissioned decommissioning removed sold
    ausserbetriebnahme außerbetriebnahme stilllegung verschrottung abgang bis""")
AVAILABLE_WORDS = _of("available received ingested ingest loaded inserted arrived uploaded stored")
CYCLE_WORDS = _of("cycle cycles zyklus zyklen tick")
FAILURE_WORDS = _of("""failure failures failed fail breakdown breakdowns downtime outage outages stoerung störung
stoerungen störungen
    ausfall ausfaelle ausfälle maschinenausfall maschinenausfälle stillstand stillstände
    fault faults defect defects broken target label trip trips""")
ERROR_WORDS = _of("""error errors errorid alarm alarms alert alerts event events warning warnings fehler meldung
meldungen message
    messages code codes log fehlermeldung fehlermeldungen fehlercode fehlercodes störmeldung
    störmeldungen stoermeldungen
    ereignis ereignisse alarmliste alarmmeldungen""")
MAINTENANCE_WORDS = _of("""maint maintenance service services repair repairs replacement replacements replaced
wartung wartungen instandhaltung instandsetzung reparatur reparaturen austausch
    inspection order orders workorder workorders work wo""")
REGISTER_WORDS = _of("machines assets register equipment devices fleet master stammdaten anlagen")
COMPONENT_WORDS = _of(
    "comp component components part bauteil komponente cause reason ursache subsystem failure mode type"
)
CODE_WORDS = _of("errorid error code alarm event message fehler meldung fehlercode meldungsnummer id type kind name")
TAG_WORDS = _of("tag tagname sensor parameter param signal variable channel point measurement metric measure kanal")
VALUE_WORDS = _of("value val reading wert messwert measurement y")
QUALITY_WORDS = _of("quality qual status qualität qualitaet confidence")
MODEL_WORDS = _of("model modell type typ class variant baureihe")
AGE_WORDS = _of("age alter years")
INDEX_WORDS = _of("index idx row rownumber nr no lfd id unnamed key uid uuid guid")
STATE_WORDS = _of("mode state status betriebsart zustand running run phase step")
PREVENTIVE_WORDS = _of("preventive planned scheduled geplant")
GOOD_WORDS = ("good", "ok", "192", "valid", "gut")
_UNIT = re.compile(r"^(?P<name>.*?)\s*[(\[](?P<unit>[^()\[\]]{1,12})[)\]]\s*$")
_SPELLED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "µ": "u", "°": ""}
)


def words_in(name: str) -> frozenset[str]:
    """The words of a name in lower case, and all of them as one: `MachineID` says machine, id and machineid."""
    apart = re.sub(r"([a-zäöüß])([A-Z])", r"\1 \2", name)
    words = [word for word in re.split(r"[\W_]+", apart.lower()) if word]
    return frozenset([*words, *(re.sub(r"\d+$", "", word) for word in words), "".join(words)])


def says(name: str, vocabulary: Iterable[str]) -> bool:
    """Whether a name holds one of these words."""
    return bool(words_in(name) & frozenset(vocabulary))


def identifier(text: str, taken: Iterable[str] = (), default: str = "x") -> str:
    """Lower-case letters, digits and underscores, a letter first; no word of SQL, and none of those `taken`."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED)).encode("ascii", "ignore").decode()
    name = re.sub(r"_+", "_", re.sub(r"\W+", "_", plain)).strip("_").lower()[:50]
    name = name or default
    if not name[0].isalpha() or not needs_no_quotes(name):
        name = f"{default}_{name}"
    before, again = set(taken), 1
    found = name
    while found in before:
        again += 1
        found = f"{name}_{again}"
    return found


def label_and_unit(column: str) -> tuple[str, str]:
    """`Motor Temp (°C)` is Motor Temp in °C."""
    match = _UNIT.match(column)
    return (match["name"].strip(), match["unit"].strip()) if match and match["name"].strip() else (column, "")
