"""Names and places of the invented county. Data only."""

# fmt: off

FEMALE = [
    "Alma", "Anaya", "Beatriz", "Bettina", "Carla", "Celeste", "Corinne", "Dalia", "Della",
    "Edith", "Elena", "Fern", "Greta", "Hana", "Ilse", "Imani", "Ines", "Jolene", "Keiko",
    "Lena", "Lilia", "Maren", "Mei", "Nadia", "Nola", "Odette", "Paloma", "Perla", "Rhea",
    "Rosalind", "Sabra", "Tamsin", "Thea", "Usha", "Vera", "Wilma", "Xiomara", "Yara",
    "Zelda", "Zora",
]

MALE = [
    "Abel", "Alonzo", "Amos", "Anselm", "Basil", "Boyd", "Cedric", "Cyrus", "Dario",
    "Delbert", "Efrain", "Emory", "Farid", "Felix", "Garth", "Gideon", "Hal", "Hoang",
    "Ignacio", "Isidro", "Jarvis", "Kenji", "Lamar", "Leon", "Lionel", "Marlon", "Moses",
    "Nestor", "Orrin", "Osvaldo", "Percy", "Quincy", "Rafael", "Rufus", "Silas", "Tavo",
    "Ulises", "Vance", "Wendell", "Yusuf",
]

LAST = [
    "Abernethy", "Alcaraz", "Ashgrove", "Baptiste", "Barrowby", "Belmonte", "Birchall",
    "Bravo", "Calloway", "Castaneda", "Corvane", "Dalrymple", "Delacroix", "Dunmore",
    "Eastlake", "Escamilla", "Fairholm", "Farrow", "Fontanez", "Galbraith", "Gorman",
    "Greywood", "Halloran", "Hartsook", "Huynhson", "Ibarguen", "Ingleby", "Jamerson",
    "Kaltenbach", "Kimball", "Lachlan", "Larrabee", "Lomeli", "Marchetti", "Meadowcroft",
    "Mondragon", "Nakagawa", "Northcutt", "Okonjo", "Ortolan", "Palomares", "Pemberly",
    "Quintanar", "Ravenhill", "Redfern", "Salcido", "Sandoval", "Silverton", "Stavros",
    "Tamayo", "Thornbury", "Trujillo", "Underhay", "Valderas", "Vang", "Wetherby", "Winslow",
    "Yarborough", "Ybarra", "Zamorano",
]
# fmt: on

STREETS = ["Almond", "Bridge", "Canal", "Depot", "Fifth", "Juniper", "Levee", "Orchard", "Third"]

LANGUAGES = ["en"] * 12 + ["es"] * 6 + ["hmn", "vi", "pa"]

# CDC codes of race: roll-ups only; an empty text is "not asked".
RACES = ["2106-3"] * 6 + ["2054-5"] * 3 + ["2028-9"] * 2 + ["1002-5", "2131-1", "2131-1", ""]
ETHNICITIES = ["2186-5"] * 5 + ["2135-2"] * 4
