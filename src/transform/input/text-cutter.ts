/** Cuts records out of a text that comes in pieces. */
export interface TextCutter {
  /** What has to be known to go on behind the last record that was cut, as plain data. */
  readonly state: unknown;
  /**
   * Adds the records of `text` behind `at` to `records`, until there are `wanted` or the rest of the text may be only
   * the beginning of one.
   *
   * @param isEnd whether nothing follows
   * @returns the place behind the last record that was cut
   * @throws {InputError} where nothing behind can be told apart any more
   */
  cut(text: string, at: number, isEnd: boolean, records: unknown[], wanted: number): number;
}
