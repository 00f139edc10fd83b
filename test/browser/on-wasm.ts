/** Stands for the answers of a model that stays on WASM, since WebGPU's build of the runtime lacks an operator of it. */
export const onWasm = 'stays on WASM';
