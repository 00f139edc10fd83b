import { render } from 'preact';
import { App } from './site/app.tsx';
import { openDroppedFiles } from './site/drop.ts';
import { keepSiteForOffline } from './site/service-worker.ts';
import { SiteNotice } from './site/site-notice.tsx';
import { noteWhatHappens } from './store/happened.ts';

render(<App />, document.querySelector('#site')!);
render(<SiteNotice />, document.querySelector('#site-notice')!);
openDroppedFiles();
noteWhatHappens();
if (import.meta.env.PROD) keepSiteForOffline();
