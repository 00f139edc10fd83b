const year = '\\d{4}';
const leapYear = '(?:\\d{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
const date =
  `(?:${year}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|` +
  `02-(?:0[1-9]|1\\d|2[0-8]))|${leapYear}-02-29)`;
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?';
const hostname = `${label}(?:\\.${label}){0,3}`;
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,30}";
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const group = '[0-9A-Fa-f]{1,4}';
const hex = '[0-9A-Fa-f]';
const part = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";

/** IPv6 in full, or with one `::` for groups of zeros. */
const ipv6 = [
  `(?:${group}:){7}${group}`,
  ...Array.from({ length: 7 }, (_, before) => {
    const head = before === 0 ? ':' : `(?:${group}:){${before}}`;
    const after = 6 - before;
    return after === 0 ? `${head}:` : `${head}:(?:${group}(?::${group}){0,${after - 1}})?`;
  }),
].join('|');

/**
 * What strings of each `format` are generated, as regular expressions of the whole string: each is valid by the
 * format's definition, and not all that is valid is among them.
 *
 * Sources: RFC 3339 (`date`, `time`, `date-time`, `duration`), RFC 5321 and 5322 (`email`), RFC 1123 (`hostname`), RFC
 * 2673 (`ipv4`), RFC 4291 (`ipv6`), RFC 9562 (`uuid`), RFC 3986 (`uri`).
 */
export const stringFormats: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}T${time}`,
  duration:
    'P(?:\\d{1,4}W|(?:\\d{1,4}Y(?:\\d{1,2}M(?:\\d{1,3}D)?)?|\\d{1,2}M(?:\\d{1,3}D)?|\\d{1,3}D)' +
    '(?:T(?:\\d{1,3}H(?:\\d{1,2}M(?:\\d{1,2}S)?)?|\\d{1,3}M(?:\\d{1,2}S)?|\\d{1,4}S))?|' +
    'T(?:\\d{1,3}H(?:\\d{1,2}M(?:\\d{1,2}S)?)?|\\d{1,3}M(?:\\d{1,2}S)?|\\d{1,4}S))',
  email: `${atom}(?:\\.${atom}){0,1}@${label}(?:\\.${label}){1,3}`,
  hostname,
  ipv4: `${octet}(?:\\.${octet}){3}`,
  ipv6,
  uuid: `${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}`,
  uri: `https?://${hostname}(?::\\d{1,4})?(?:/${part}{0,60}){0,8}(?:\\?(?:${part}|[/?]){0,200})?(?:#(?:${part}|[/?]){0,60})?`,
};
