import { Served } from './served.ts';

/** The models of this site, each trained by a script in `training/`. None is fetched before it is needed. */
export const digits: Served<'image-classification'> = new Served(
  'digits',
  './models/digits/model.tar.gz',
  'image-classification',
);
