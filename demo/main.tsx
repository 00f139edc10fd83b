import { render } from 'preact';
import { App } from './site/app.tsx';

render(<App />, document.querySelector('#site')!);
