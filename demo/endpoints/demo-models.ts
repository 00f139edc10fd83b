import { Served } from './served.ts';

/** The models of this site, each trained by a script in `training/`. None is fetched before it is needed. */
export const digits: Served<'image-classification'> = new Served(
  'digits',
  './models/digits/model.tar.gz',
  'image-classification',
);

export const language: Served<'text-classification'> = new Served(
  'language',
  './models/language/model.tar.gz',
  'text-classification',
);

export const intents: Served<'text-classification'> = new Served(
  'intents',
  './models/intents/model.tar.gz',
  'text-classification',
);

export const sentiment: Served<'text-classification'> = new Served(
  'sentiment',
  './models/sentiment/model.tar.gz',
  'text-classification',
);

export const clothing: Served<'image-classification'> = new Served(
  'clothing',
  './models/clothing/model.tar.gz',
  'image-classification',
);

export const penguins: Served<'tabular-classification'> = new Served(
  'penguins',
  './models/penguins/model.tar.gz',
  'tabular-classification',
);

export const chat: Served<'text-generation'> = new Served('chat', './models/chat/model.tar.gz', 'text-generation');
