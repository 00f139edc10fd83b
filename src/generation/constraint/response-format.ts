/** What an answer must be; the names of its fields are those of OpenAI's `response_format`. */
export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly json_schema: { readonly name?: string; readonly schema: object | boolean; readonly strict?: boolean };
    }
  | { readonly type: 'regex'; readonly regex: string }
  | { readonly type: 'choice'; readonly choices: readonly string[] };
