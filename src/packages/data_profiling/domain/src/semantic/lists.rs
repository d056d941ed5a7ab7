//! Lists of codes and words, kept by hand. All are sorted, by bytes.

/// ISO 3166-1 alpha-2.
pub(super) const COUNTRIES_ALPHA2: &[&str] = &[
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX",
    "AZ", "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ",
    "BR", "BS", "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK",
    "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM",
    "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR",
    "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS",
    "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN",
    "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN",
    "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV",
    "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP", "MQ",
    "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI",
    "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM",
    "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC",
    "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV",
    "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR",
    "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI",
    "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

/// ISO 3166-1 alpha-3.
pub(super) const COUNTRIES_ALPHA3: &[&str] = &[
    "ABW", "AFG", "AGO", "AIA", "ALA", "ALB", "AND", "ARE", "ARG", "ARM", "ASM", "ATA", "ATF",
    "ATG", "AUS", "AUT", "AZE", "BDI", "BEL", "BEN", "BES", "BFA", "BGD", "BGR", "BHR", "BHS",
    "BIH", "BLM", "BLR", "BLZ", "BMU", "BOL", "BRA", "BRB", "BRN", "BTN", "BVT", "BWA", "CAF",
    "CAN", "CCK", "CHE", "CHL", "CHN", "CIV", "CMR", "COD", "COG", "COK", "COL", "COM", "CPV",
    "CRI", "CUB", "CUW", "CXR", "CYM", "CYP", "CZE", "DEU", "DJI", "DMA", "DNK", "DOM", "DZA",
    "ECU", "EGY", "ERI", "ESH", "ESP", "EST", "ETH", "FIN", "FJI", "FLK", "FRA", "FRO", "FSM",
    "GAB", "GBR", "GEO", "GGY", "GHA", "GIB", "GIN", "GLP", "GMB", "GNB", "GNQ", "GRC", "GRD",
    "GRL", "GTM", "GUF", "GUM", "GUY", "HKG", "HMD", "HND", "HRV", "HTI", "HUN", "IDN", "IMN",
    "IND", "IOT", "IRL", "IRN", "IRQ", "ISL", "ISR", "ITA", "JAM", "JEY", "JOR", "JPN", "KAZ",
    "KEN", "KGZ", "KHM", "KIR", "KNA", "KOR", "KWT", "LAO", "LBN", "LBR", "LBY", "LCA", "LIE",
    "LKA", "LSO", "LTU", "LUX", "LVA", "MAC", "MAF", "MAR", "MCO", "MDA", "MDG", "MDV", "MEX",
    "MHL", "MKD", "MLI", "MLT", "MMR", "MNE", "MNG", "MNP", "MOZ", "MRT", "MSR", "MTQ", "MUS",
    "MWI", "MYS", "MYT", "NAM", "NCL", "NER", "NFK", "NGA", "NIC", "NIU", "NLD", "NOR", "NPL",
    "NRU", "NZL", "OMN", "PAK", "PAN", "PCN", "PER", "PHL", "PLW", "PNG", "POL", "PRI", "PRK",
    "PRT", "PRY", "PSE", "PYF", "QAT", "REU", "ROU", "RUS", "RWA", "SAU", "SDN", "SEN", "SGP",
    "SGS", "SHN", "SJM", "SLB", "SLE", "SLV", "SMR", "SOM", "SPM", "SRB", "SSD", "STP", "SUR",
    "SVK", "SVN", "SWE", "SWZ", "SXM", "SYC", "SYR", "TCA", "TCD", "TGO", "THA", "TJK", "TKL",
    "TKM", "TLS", "TON", "TTO", "TUN", "TUR", "TUV", "TWN", "TZA", "UGA", "UKR", "UMI", "URY",
    "USA", "UZB", "VAT", "VCT", "VEN", "VGB", "VIR", "VNM", "VUT", "WLF", "WSM", "YEM", "ZAF",
    "ZMB", "ZWE",
];

/// English names of countries, and common other ones, in lower case.
pub(super) const COUNTRY_NAMES: &[&str] = &[
    "afghanistan", "aland islands", "albania", "algeria", "american samoa", "andorra", "angola",
    "anguilla", "antarctica", "antigua & barbuda", "antigua and barbuda", "argentina", "armenia",
    "aruba", "australia", "austria", "azerbaijan", "bahamas", "bahrain", "bangladesh", "barbados",
    "belarus", "belgium", "belize", "benin", "bermuda", "bhutan", "bolivia",
    "bolivia, plurinational state of", "bonaire", "bosnia & herzegovina",
    "bosnia and herzegovina", "botswana", "bouvet island", "brasil", "brazil",
    "british indian ocean territory", "british virgin islands", "brunei", "brunei darussalam",
    "bulgaria", "burkina faso", "burma", "burundi", "cabo verde", "cambodia", "cameroon",
    "canada", "cape verde", "cayman islands", "central african republic", "chad", "chile",
    "china", "christmas island", "cocos islands", "colombia", "comoros", "congo",
    "congo, dem. rep.", "cook islands", "costa rica", "cote d'ivoire", "croatia", "cuba",
    "curacao", "curaçao", "cyprus", "czech republic", "czechia", "côte d'ivoire",
    "democratic republic of the congo", "denmark", "deutschland", "djibouti", "dominica",
    "dominican republic", "dr congo", "east timor", "ecuador", "egypt", "el salvador", "england",
    "equatorial guinea", "eritrea", "españa", "estonia", "eswatini", "ethiopia",
    "falkland islands", "faroe islands", "fiji", "finland", "france", "frankreich",
    "french guiana", "french polynesia", "french southern territories", "gabon", "gambia",
    "georgia", "germany", "ghana", "gibraltar", "great britain", "greece", "greenland", "grenada",
    "guadeloupe", "guam", "guatemala", "guernsey", "guinea", "guinea-bissau", "guyana", "haiti",
    "heard island", "holland", "holy see", "honduras", "hong kong", "hong kong sar", "hungary",
    "iceland", "india", "indonesia", "iran", "iran, islamic republic of", "iraq", "ireland",
    "isle of man", "israel", "italia", "italy", "ivory coast", "jamaica", "japan", "jersey",
    "jordan", "kazakhstan", "kenya", "kiribati", "korea", "korea, republic of", "korea, south",
    "kosovo", "kuwait", "kyrgyz republic", "kyrgyzstan", "lao people's democratic republic",
    "laos", "latvia", "lebanon", "lesotho", "liberia", "libya", "liechtenstein", "lithuania",
    "luxembourg", "macao", "macedonia", "madagascar", "malawi", "malaysia", "maldives", "mali",
    "malta", "marshall islands", "martinique", "mauritania", "mauritius", "mayotte", "mexico",
    "micronesia", "micronesia, federated states of", "moldova", "moldova, republic of", "monaco",
    "mongolia", "montenegro", "montserrat", "morocco", "mozambique", "myanmar", "méxico",
    "namibia", "nauru", "nepal", "netherlands", "new caledonia", "new zealand", "nicaragua",
    "niger", "nigeria", "niue", "norfolk island", "north korea", "north macedonia",
    "northern ireland", "northern mariana islands", "norway", "oman", "pakistan", "palau",
    "palestine", "palestinian territories", "panama", "papua new guinea", "paraguay",
    "people's republic of china", "peru", "philippines", "pitcairn", "poland", "portugal",
    "puerto rico", "qatar", "republic of korea", "republic of the congo", "reunion", "romania",
    "russia", "russian federation", "rwanda", "réunion", "saint barthelemy", "saint barthélemy",
    "saint helena", "saint kitts and nevis", "saint lucia", "saint martin",
    "saint pierre and miquelon", "saint vincent and the grenadines", "samoa", "san marino",
    "sao tome & principe", "sao tome and principe", "saudi arabia", "schweiz", "scotland",
    "senegal", "serbia", "seychelles", "sierra leone", "singapore", "sint maarten",
    "slovak republic", "slovakia", "slovenia", "solomon islands", "somalia", "south africa",
    "south georgia", "south korea", "south sudan", "spain", "sri lanka", "sudan", "suriname",
    "svalbard", "swaziland", "sweden", "switzerland", "syria", "syrian arab republic", "taiwan",
    "taiwan, province of china", "tajikistan", "tanzania", "tanzania, united republic of",
    "thailand", "the bahamas", "the gambia", "the netherlands", "timor-leste", "togo", "tokelau",
    "tonga", "trinidad & tobago", "trinidad and tobago", "tunisia", "turkey", "turkiye",
    "turkmenistan", "turks and caicos islands", "tuvalu", "türkiye", "uganda", "uk", "ukraine",
    "united arab emirates", "united kingdom", "united states", "united states of america",
    "uruguay", "us minor outlying islands", "us virgin islands", "usa", "uzbekistan", "vanuatu",
    "vatican city", "venezuela", "venezuela, bolivarian republic of", "viet nam", "vietnam",
    "wales", "wallis and futuna", "western sahara", "yemen", "zambia", "zimbabwe",
    "åland islands", "österreich",
];

/// ISO 4217, without funds and metals, and with some that ended lately.
pub(super) const CURRENCIES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD",
    "CDF", "CHF", "CLF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP",
    "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF",
    "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK",
    "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK",
    "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU",
    "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR",
    "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR",
    "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP",
    "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD",
    "UYU", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR",
    "ZMW", "ZWL",
];

/// ISO 639-1.
pub(super) const LANGUAGES: &[&str] = &[
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg",
    "bi", "bm", "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy",
    "da", "de", "dv", "dz", "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj",
    "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht",
    "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it", "iu", "ja", "jv",
    "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky",
    "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn",
    "mr", "ms", "mt", "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny",
    "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru",
    "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss",
    "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr", "ts",
    "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo",
    "za", "zh", "zu",
];

/// USPS codes of states, the District of Columbia and some territories.
pub(super) const US_STATES: &[&str] = &[
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI", "IA", "ID",
    "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND",
    "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN",
    "TX", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY",
];

/// Names of the states of the USA in lower case.
pub(super) const US_STATE_NAMES: &[&str] = &[
    "alabama", "alaska", "arizona", "arkansas", "california", "colorado", "connecticut",
    "delaware", "district of columbia", "florida", "georgia", "hawaii", "idaho", "illinois",
    "indiana", "iowa", "kansas", "kentucky", "louisiana", "maine", "maryland", "massachusetts",
    "michigan", "minnesota", "mississippi", "missouri", "montana", "nebraska", "nevada",
    "new hampshire", "new jersey", "new mexico", "new york", "north carolina", "north dakota",
    "ohio", "oklahoma", "oregon", "pennsylvania", "rhode island", "south carolina",
    "south dakota", "tennessee", "texas", "utah", "vermont", "virginia", "washington",
    "west virginia", "wisconsin", "wyoming",
];

/// Length of an IBAN by country, after the registry of SWIFT.
pub(super) const IBAN_LENGTHS: &[(&str, u8)] = &[
    ("AD", 24), ("AE", 23), ("AL", 28), ("AT", 20), ("AZ", 28), ("BA", 20), ("BE", 16),
    ("BG", 22), ("BH", 22), ("BI", 27), ("BR", 29), ("BY", 28), ("CH", 21), ("CR", 22),
    ("CY", 28), ("CZ", 24), ("DE", 22), ("DJ", 27), ("DK", 18), ("DO", 28), ("EE", 20),
    ("EG", 29), ("ES", 24), ("FI", 18), ("FK", 18), ("FO", 18), ("FR", 27), ("GB", 22),
    ("GE", 22), ("GI", 23), ("GL", 18), ("GR", 27), ("GT", 28), ("HR", 21), ("HU", 28),
    ("IE", 22), ("IL", 23), ("IQ", 23), ("IS", 26), ("IT", 27), ("JO", 30), ("KW", 30),
    ("KZ", 20), ("LB", 28), ("LC", 32), ("LI", 21), ("LT", 20), ("LU", 20), ("LV", 21),
    ("LY", 25), ("MC", 27), ("MD", 24), ("ME", 22), ("MK", 19), ("MN", 20), ("MR", 27),
    ("MT", 31), ("MU", 30), ("NI", 28), ("NL", 18), ("NO", 15), ("OM", 23), ("PK", 24),
    ("PL", 28), ("PS", 29), ("PT", 25), ("QA", 29), ("RO", 24), ("RS", 22), ("RU", 33),
    ("SA", 24), ("SC", 31), ("SD", 18), ("SE", 24), ("SI", 19), ("SK", 24), ("SM", 27),
    ("SO", 23), ("ST", 25), ("SV", 28), ("TL", 23), ("TN", 24), ("TR", 26), ("UA", 29),
    ("VA", 22), ("VG", 24), ("XK", 20), ("YE", 30),
];

/// Top levels that are no country codes: the common ones, those for examples and for inside.
pub(super) const TOP_LEVEL_DOMAINS: &[&str] = &[
    "ac", "academy", "aero", "agency", "ai", "app", "arpa", "asia", "bank", "berlin", "biz",
    "blog", "cat", "center", "cloud", "club", "com", "company", "coop", "corp", "design", "dev",
    "digital", "edu", "email", "eu", "example", "gov", "group", "home", "info", "int", "internal",
    "invalid", "io", "jobs", "lan", "life", "live", "local", "localdomain", "london", "media",
    "mil", "mobi", "museum", "name", "net", "network", "news", "nyc", "online", "org", "paris",
    "photography", "post", "pro", "services", "shop", "site", "solutions", "space", "store",
    "studio", "su", "support", "systems", "team", "tech", "tel", "test", "today", "tokyo", "top",
    "travel", "uk", "website", "wiki", "work", "world", "xxx", "xyz",
];

/// Extensions of file names.
pub(super) const FILE_EXTENSIONS: &[&str] = &[
    "7z", "avi", "avro", "bak", "bat", "bin", "bmp", "bz2", "c", "cfg", "cpp", "cs", "css", "csv",
    "dat", "db", "dll", "doc", "docx", "exe", "feather", "flac", "gif", "go", "gz", "h", "htm",
    "html", "ico", "ini", "ipynb", "jar", "java", "jpeg", "jpg", "js", "json", "jsonl", "jsx",
    "key", "lock", "log", "lua", "m4a", "md", "mkv", "mov", "mp3", "mp4", "msg", "ndjson", "npy",
    "odt", "ogg", "orc", "parquet", "pdf", "php", "pickle", "pkl", "pl", "png", "ppt", "pptx",
    "ps", "ps1", "py", "r", "rar", "rb", "rs", "rtf", "sh", "so", "sql", "sqlite", "svg", "swf",
    "tar", "tex", "tgz", "tif", "tiff", "toml", "ts", "tsv", "tsx", "ttf", "txt", "vue", "wav",
    "webm", "webp", "wmv", "woff", "woff2", "xls", "xlsm", "xlsx", "xml", "xz", "yaml", "yml",
    "zip", "zst",
];

/// Types of RFC 6838 and its successors.
pub(super) const MEDIA_TYPES: &[&str] =
    &["application", "audio", "font", "image", "message", "model", "multipart", "text", "video"];

/// Country calling codes (ITU-T E.164).
pub(super) const CALLING_CODES: &[&str] = &[
    "1", "20", "211", "212", "213", "216", "218", "220", "221", "222", "223", "224", "225", "226",
    "227", "228", "229", "230", "231", "232", "233", "234", "235", "236", "237", "238", "239",
    "240", "241", "242", "243", "244", "245", "246", "248", "249", "250", "251", "252", "253",
    "254", "255", "256", "257", "258", "260", "261", "262", "263", "264", "265", "266", "267",
    "268", "269", "27", "290", "291", "297", "298", "299", "30", "31", "32", "33", "34", "350",
    "351", "352", "353", "354", "355", "356", "357", "358", "359", "36", "370", "371", "372",
    "373", "374", "375", "376", "377", "378", "380", "381", "382", "383", "385", "386", "387",
    "389", "39", "40", "41", "420", "421", "423", "43", "44", "45", "46", "47", "48", "49", "500",
    "501", "502", "503", "504", "505", "506", "507", "508", "509", "51", "52", "53", "54", "55",
    "56", "57", "58", "590", "591", "592", "593", "594", "595", "596", "597", "598", "599", "60",
    "61", "62", "63", "64", "65", "66", "670", "672", "673", "674", "675", "676", "677", "678",
    "679", "680", "681", "682", "683", "685", "686", "687", "688", "689", "690", "691", "692",
    "7", "800", "808", "81", "82", "84", "850", "852", "853", "855", "856", "86", "870", "880",
    "881", "882", "883", "886", "888", "90", "91", "92", "93", "94", "95", "960", "961", "962",
    "963", "964", "965", "966", "967", "968", "970", "971", "972", "973", "974", "975", "976",
    "977", "979", "98", "992", "993", "994", "995", "996", "998",
];

/// Common given names of several countries, in lower case.
pub(super) const GIVEN_NAMES: &[&str] = &[
    "aaron", "abdullah", "abigail", "adam", "agnieszka", "ahmed", "aiden", "aisha", "alain",
    "alan", "albert", "alejandro", "alessandro", "alexander", "alexei", "alexis", "alfie", "ali",
    "alice", "amanda", "amber", "amelia", "amina", "amit", "amy", "ana", "anastasia", "anders",
    "andrea", "andreas", "andrei", "andrew", "andrzej", "angela", "anil", "anjali", "ann", "anna",
    "anneke", "anthony", "antoine", "antonio", "archie", "arjun", "arthur", "ashley", "astrid",
    "ava", "barbara", "beatriz", "benjamin", "bernard", "betty", "beverly", "bobby", "bradley",
    "brandon", "brenda", "brian", "brigitte", "brittany", "bruce", "bruno", "bryan", "camila",
    "camille", "carl", "carlos", "carmen", "carol", "carolyn", "catherine", "charles",
    "charlotte", "cheryl", "chiara", "chloe", "christa", "christian", "christina", "christine",
    "christophe", "christopher", "cristina", "cynthia", "daan", "daniel", "danielle", "david",
    "deborah", "debra", "deepak", "denise", "dennis", "diana", "diane", "diego", "dieter",
    "dmitry", "dolores", "donald", "donna", "doris", "dorothy", "douglas", "eduardo", "edward",
    "elena", "elijah", "elizabeth", "ella", "ellie", "emily", "emma", "eric", "erik", "ethan",
    "eugene", "evelyn", "evie", "ewa", "fang", "fatima", "felix", "fernanda", "fernando", "finn",
    "frances", "francesca", "francesco", "francisco", "frank", "françoise", "freddie", "freya",
    "gabriel", "gary", "george", "gerald", "giorgia", "giovanni", "gisela", "giulia", "giuseppe",
    "gloria", "grace", "gregory", "günter", "hannah", "hans", "harold", "harry", "haruto",
    "hassan", "heather", "heinz", "helen", "helga", "hendrik", "henry", "hiroshi", "hugo", "hui",
    "hussein", "ibrahim", "ingrid", "irina", "isabel", "isabella", "isabelle", "isla", "ivan",
    "jack", "jacob", "jacqueline", "jacques", "jakub", "james", "jan", "janet", "janice", "jason",
    "javier", "jean", "jeffrey", "jennifer", "jeremy", "jerry", "jessica", "jesús", "jing",
    "jiwoo", "joan", "johan", "johannes", "john", "johnny", "jonas", "jonathan", "jorge", "jose",
    "joseph", "joshua", "josé", "joyce", "joão", "juan", "judith", "judy", "jules", "julia",
    "juliana", "julie", "julien", "jun", "justin", "jürgen", "karen", "karin", "karl",
    "katarzyna", "katharina", "katherine", "kathleen", "kathryn", "kayla", "keith", "kelly",
    "kenji", "kenneth", "kevin", "khalid", "kimberly", "klaus", "krzysztof", "kyle", "lakshmi",
    "larry", "lars", "laura", "lauren", "laurent", "lawrence", "layla", "lea", "lei", "lena",
    "leo", "leon", "li", "liam", "lily", "linda", "lisa", "logan", "lorenzo", "lori", "lotte",
    "louis", "luca", "lucas", "lucy", "lucía", "luigi", "luis", "lukas", "léa", "madison",
    "magnus", "manfred", "manon", "manuel", "marcelo", "marco", "margaret", "maria", "marie",
    "marilyn", "mario", "mark", "marta", "martha", "mary", "maryam", "mason", "mateo", "matteo",
    "matthew", "maximilian", "małgorzata", "megan", "melissa", "mette", "mia", "michael",
    "michał", "michel", "michelle", "miguel", "mikhail", "mikkel", "ming", "minjun", "mohamed",
    "mohammed", "molly", "monika", "monique", "muhammad", "nancy", "natalia", "natalie",
    "nathalie", "nathan", "neha", "nicholas", "nicolas", "nicole", "nikolai", "nils", "noah",
    "olga", "oliver", "olivia", "omar", "oscar", "pablo", "pamela", "paolo", "patricia",
    "patrick", "paul", "paula", "paweł", "pedro", "peter", "petra", "philip", "philippe",
    "pierre", "piet", "pieter", "pilar", "piotr", "pooja", "poppy", "priya", "rachel", "rafael",
    "rahul", "raj", "rajesh", "ralph", "randy", "ravi", "raymond", "rebecca", "renate", "ricardo",
    "richard", "robert", "roberto", "roger", "rohan", "ronald", "rosa", "roy", "rui", "russell",
    "ruth", "ryan", "sabine", "sakura", "samantha", "samuel", "sandra", "sanjay", "sanne",
    "santiago", "sara", "sarah", "scott", "sean", "sem", "seojun", "sergey", "sergio", "sharon",
    "shirley", "sofia", "sophia", "stefan", "stefano", "stephanie", "stephen", "steven", "sunil",
    "suresh", "susan", "sven", "svetlana", "sylvie", "søren", "takashi", "tatiana", "teresa",
    "theo", "theresa", "thiago", "thomas", "tiago", "timothy", "tomasz", "tyler", "ursula", "uwe",
    "valentina", "victoria", "vijay", "vincent", "virginia", "vladimir", "walter", "wayne", "wei",
    "willem", "william", "willie", "wolfgang", "xin", "yan", "yong", "yuki", "yusuf", "zachary",
    "zainab", "zoe", "zofia",
];

/// Words that stand in names of organisations and places, not of persons.
pub(super) const NOT_OF_PERSONS: &[&str] = &[
    "ab", "ag", "airport", "association", "avenue", "bank", "beach", "bv", "center", "centre",
    "church", "co", "company", "corp", "corporation", "department", "foundation", "gmbh", "group",
    "holdings", "hospital", "hotel", "inc", "industries", "institute", "international", "kg",
    "lake", "lane", "limited", "llc", "ltd", "mountain", "museum", "nv", "oy", "park", "plc",
    "river", "road", "sa", "school", "service", "services", "solutions", "station", "street",
    "systems", "technologies", "university",
];

/// Words for streets in several languages.
pub(super) const STREET_WORDS: &[&str] = &[
    "allee", "alley", "allée", "av", "avda", "ave", "avenida", "avenue", "blvd", "boulevard",
    "calle", "camino", "carrer", "chemin", "cir", "circle", "close", "corso", "cours", "court",
    "cres", "crescent", "ct", "damm", "dr", "drive", "estrada", "gade", "gasse", "gata", "gracht",
    "highway", "hwy", "impasse", "laan", "lane", "ln", "parkway", "paseo", "piazza", "pkwy", "pl",
    "place", "platz", "plaza", "plein", "quai", "rd", "ring", "road", "route", "row", "rua",
    "rue", "sq", "square", "st", "str", "straat", "strasse", "straße", "street", "ter", "terrace",
    "trail", "travessa", "trl", "ufer", "ul", "ulica", "vei", "vej", "via", "viale", "vicolo",
    "väg", "walk", "way", "weg",
];

/// Ends of words for streets.
pub(super) const STREET_ENDINGS: &[&str] = &[
    "straße", "strasse", "str.", "gasse", "platz", "allee", "weg", "laan", "straat", "gatan",
    "vägen", "gade",
];

/// Units of measure as people write them, in lower case.
pub(super) const UNITS: &[&str] = &[
    "%", "a", "acre", "acres", "ah", "atm", "b", "bar", "bit", "bits", "byte", "bytes", "c",
    "cal", "cl", "cm", "cup", "cups", "day", "days", "db", "dbm", "deg", "dl", "dpi", "em", "f",
    "feet", "foot", "ft", "ft²", "g", "g/l", "gal", "gb", "gbps", "ghz", "gib", "gw", "h", "ha",
    "hour", "hours", "hpa", "hr", "hrs", "hz", "in", "inch", "inches", "items", "iu", "j", "k",
    "kb", "kbps", "kcal", "kg", "khz", "kib", "kj", "km", "km/h", "kmh", "km²", "kn", "kpa", "kv",
    "kw", "kwh", "l", "lb", "lbs", "lm", "lx", "m", "m/s", "m2", "m3", "ma", "mah", "mb", "mbar",
    "mbps", "mg", "mg/dl", "mg/l", "mhz", "mi", "mib", "mile", "miles", "min", "mins", "minute",
    "minutes", "mj", "ml", "mm", "mmol", "mmol/l", "mol", "month", "months", "mpa", "mph", "ms",
    "mv", "mw", "mwh", "m²", "m³", "n", "nm", "ns", "ohm", "oz", "pa", "pb", "pc", "pcs", "pct",
    "people", "percent", "persons", "pieces", "ppb", "ppm", "psi", "pt", "px", "qt", "rad", "rem",
    "rpm", "s", "sec", "second", "seconds", "secs", "sq", "sqft", "sqm", "st", "t", "tb", "tib",
    "ug", "units", "us", "v", "w", "week", "weeks", "wh", "x", "yd", "year", "years", "yrs", "°",
    "°c", "°f", "°k", "µg", "µm", "µs", "μg", "ω", "‰",
];

/// Words for true and false, in lower case.
pub(super) const BOOLEAN_WORDS: &[&str] = &[
    "da", "disabled", "enabled", "f", "falsch", "false", "falso", "faux", "ja", "n", "nein",
    "nej", "nie", "no", "non", "não", "off", "on", "oui", "si", "sim", "sí", "t", "tak", "true",
    "verdadero", "vero", "vrai", "wahr", "y", "yes",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_name_nothing_twice() {
        for list in [
            COUNTRIES_ALPHA2, COUNTRIES_ALPHA3, COUNTRY_NAMES, CURRENCIES, LANGUAGES, US_STATES,
            US_STATE_NAMES, TOP_LEVEL_DOMAINS, FILE_EXTENSIONS, MEDIA_TYPES, CALLING_CODES,
            GIVEN_NAMES, NOT_OF_PERSONS, STREET_WORDS, UNITS, BOOLEAN_WORDS,
        ] {
            assert!(list.is_sorted_by(|before, after| before < after), "{list:?}");
        }
        assert_eq!((COUNTRIES_ALPHA2.len(), COUNTRIES_ALPHA3.len()), (249, 249));
    }
}
