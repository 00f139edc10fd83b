import { descriptions } from './descriptions.ts';
import { images } from './images.ts';
import type { WrongArchive, WrongCall } from './row.ts';
import { sounds } from './sounds.ts';
import { tables } from './tables.ts';
import { tensors } from './tensors.ts';
import { texts } from './texts.ts';

/** What people give to models by mistake. */
export const wrongCalls: readonly WrongCall[] = [...texts, ...images, ...sounds, ...tables, ...tensors];

/** What people pack by mistake. */
export const wrongArchives: readonly WrongArchive[] = descriptions;
