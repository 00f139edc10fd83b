import './patch.js';
import '../../../dist/archive-worker.js';
