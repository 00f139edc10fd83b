/** A model as files, which are read when the runtime asks for them. */
export interface ModelFiles {
  readonly model: Blob;
  /** Files that hold its weights, by the names it knows them by. */
  readonly externalData: readonly { readonly path: string; readonly blob: Blob }[];
}
