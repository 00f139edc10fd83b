/** What an answer has to be. The shapes of `json_object` and `json_schema` are those of OpenAI's chat completions. */
export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly json_schema: { readonly name?: string; readonly schema: object | boolean; readonly strict?: boolean };
    }
  /** All of the answer matches. */
  | { readonly type: 'regex'; readonly regex: string }
  /** The answer is one of these. */
  | { readonly type: 'choice'; readonly choices: readonly string[] };
