// What they do when they are loaded, in this order, is all there is to it.
// oxlint-disable import/no-unassigned-import
import './patch.js';
import '../../../dist/webgpu-worker.js';
