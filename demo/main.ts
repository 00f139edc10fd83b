import { startArchive } from './archive/start-archive.ts';
import { copyButton } from './copy-button.ts';
import { startDrawing } from './draw/start-drawing.ts';
import { find } from './find.ts';

copyButton(find('#copy-code', HTMLButtonElement), find('#code', HTMLElement));
startArchive();
void startDrawing();
