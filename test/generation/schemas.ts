/** Schemas as people write them, for answers of a certain shape. */
export const schemas: Readonly<Record<string, object>> = {
  person: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      age: { type: 'integer', minimum: 0, maximum: 150 },
      email: { type: 'string', format: 'email' },
    },
    required: ['name', 'age'],
    additionalProperties: false,
  },
  sentiment: {
    type: 'object',
    properties: {
      label: { enum: ['positive', 'neutral', 'negative'] },
      confidence: { type: 'number', minimum: 0, maximum: 1 },
    },
    required: ['label', 'confidence'],
    additionalProperties: false,
  },
  invoice: {
    type: 'object',
    properties: {
      number: { type: 'string', pattern: '^INV-\\d{4}-\\d{3,5}$' },
      date: { type: 'string', format: 'date' },
      lines: {
        type: 'array',
        minItems: 1,
        maxItems: 5,
        items: {
          type: 'object',
          properties: {
            description: { type: 'string', minLength: 1, maxLength: 40 },
            quantity: { type: 'integer', minimum: 1, maximum: 999 },
            price: { type: 'number', exclusiveMinimum: 0, maximum: 99999.99 },
          },
          required: ['description', 'quantity', 'price'],
          additionalProperties: false,
        },
      },
      paid: { type: 'boolean' },
    },
    required: ['number', 'date', 'lines', 'paid'],
    additionalProperties: false,
  },
  korean: {
    type: 'object',
    properties: {
      이름: { type: 'string', maxLength: 12 },
      기분: { enum: ['좋음', '보통', '나쁨 😞'] },
      메모: { type: ['string', 'null'] },
    },
    required: ['이름', '기분', '메모'],
    additionalProperties: false,
  },
  tree: {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: {
          value: { type: 'integer' },
          children: { type: 'array', items: { $ref: '#/$defs/node' }, maxItems: 3 },
        },
        required: ['value'],
        additionalProperties: false,
      },
    },
  },
  expression: {
    anyOf: [
      { type: 'number' },
      {
        type: 'object',
        properties: { op: { enum: ['+', '-', '*', '/'] }, left: { $ref: '#' }, right: { $ref: '#' } },
        required: ['op', 'left', 'right'],
        additionalProperties: false,
      },
    ],
  },
  events: {
    type: 'array',
    items: {
      oneOf: [
        {
          type: 'object',
          properties: { kind: { const: 'click' }, x: { type: 'integer' }, y: { type: 'integer' } },
          required: ['kind', 'x', 'y'],
          additionalProperties: false,
        },
        {
          type: 'object',
          properties: { kind: { const: 'key' }, key: { type: 'string', minLength: 1, maxLength: 1 } },
          required: ['kind', 'key'],
          additionalProperties: false,
        },
      ],
    },
    maxItems: 6,
  },
  place: {
    type: 'array',
    prefixItems: [
      { type: 'number', minimum: -90, maximum: 90 },
      { type: 'number', minimum: -180, maximum: 180 },
    ],
    items: false,
    minItems: 2,
  },
  settings: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] }, maxProperties: 8 },
  user: {
    allOf: [
      { type: 'object', properties: { id: { type: 'string', format: 'uuid' } }, required: ['id'] },
      {
        properties: {
          roles: { type: 'array', items: { enum: ['admin', 'editor', 'reader'] }, minItems: 1, maxItems: 3 },
        },
        required: ['roles'],
      },
    ],
  },
  meeting: {
    type: 'object',
    properties: {
      title: { type: 'string', minLength: 3, maxLength: 60 },
      start: { type: 'string', format: 'date-time' },
      minutes: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 481, multipleOf: 1 },
      people: { type: 'array', items: { type: 'string', format: 'email' }, maxItems: 4 },
      place: { type: 'string', format: 'uri' },
    },
    required: ['title', 'start', 'minutes'],
    additionalProperties: false,
  },
  recipe: {
    title: 'A recipe',
    description: 'What it takes, and how it is made',
    type: 'object',
    properties: {
      title: { type: 'string' },
      servings: { type: 'integer', minimum: 1, maximum: 12, default: 2 },
      ingredients: {
        type: 'array',
        minItems: 2,
        items: {
          type: 'object',
          properties: {
            name: { type: 'string', maxLength: 20 },
            grams: { type: 'number', minimum: 0.5, maximum: 5000 },
          },
          required: ['name'],
        },
      },
      steps: { type: 'array', items: { type: 'string' }, minItems: 1 },
    },
    required: ['title', 'ingredients', 'steps'],
  },
  temperature: { type: 'number', minimum: -273.15, exclusiveMaximum: 60 },
  digits: { type: 'string', pattern: '^[0-9]{3}-[0-9]{4}$' },
  mentions: { type: 'string', pattern: '@[a-z]{2,8}' },
  answer: { enum: ['yes', 'no', null, 42, { why: 'because' }, ['a', 'b']] },
  network: {
    type: 'object',
    properties: {
      host: { type: 'string', format: 'hostname' },
      address: { type: 'string', format: 'ipv4' },
      port: { type: 'integer', minimum: 1, maximum: 65535 },
    },
    required: ['host', 'address', 'port'],
    additionalProperties: false,
  },
  matrix: {
    type: 'array',
    minItems: 2,
    maxItems: 2,
    items: { type: 'array', minItems: 2, maxItems: 2, items: { type: 'number', minimum: -1, maximum: 1 } },
  },
  anything: true as unknown as object,
  review: {
    type: 'object',
    properties: {
      stars: { type: 'integer', enum: [1, 2, 3, 4, 5] },
      verdict: { anyOf: [{ const: 'buy' }, { const: 'skip' }, { type: 'null' }] },
      quotes: { type: 'array', items: { type: 'string', pattern: '^["“].*["”]$' }, maxItems: 2 },
      time: { type: 'string', format: 'time' },
    },
    required: ['stars', 'verdict', 'quotes', 'time'],
    additionalProperties: false,
  },
};
