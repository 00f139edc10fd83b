const day = String.raw`((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))`;
const date = String.raw`(19|20)\d\d-${day}`;
const time = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?(Z|[+-](0\d|1[0-2]):[0-5]\d)`;
const octet = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const label = '[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?';
const hostname = String.raw`${label}(\.${label}){0,3}`;

/**
 * The formats of JSON Schema that can be asked for, as regular expressions of what is written: a part of what the format
 * allows, and never anything else. Source: RFC 3339, 4122, 5321, 3986.
 */
export const stringFormats: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}T${time}`,
  duration: String.raw`P(\d{1,3}D(T\d{1,2}H)?|\d{1,2}W|T\d{1,3}H(\d{1,2}M)?|T\d{1,3}M|\d{1,2}Y(\d{1,2}M)?)`,
  email: String.raw`[a-z0-9]+([._-][a-z0-9]+){0,3}@${label}(\.${label}){0,2}\.[a-z]{2,6}`,
  hostname,
  ipv4: `${octet}\\.${octet}\\.${octet}\\.${octet}`,
  uri: String.raw`https?://${hostname}(/[A-Za-z0-9._~-]{1,30}){0,8}/?`,
  uuid: '[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}',
};
