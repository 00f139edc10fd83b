/** What a browser tells of a graphics adapter. */
export interface AdapterReport {
  /** Vendor, architecture and description, as far as they are told: `google swiftshader`. */
  readonly name: string;
  /** Whether a processor plays the adapter: right, and slow. */
  readonly isSoftware: boolean;
  /** Whether shaders compute in half precision. */
  readonly shaderF16: boolean;
}

/** What is to be known of an adapter. */
export function adapterReport({ info, features, isFallbackAdapter }: Adapter): AdapterReport {
  const { vendor = '', architecture = '', description = '' } = info;
  const name = [vendor, architecture, description]
    .filter((part, at, all) => part && all.indexOf(part) === at)
    .join(' ');
  const isSoftware =
    info.isFallbackAdapter === true || isFallbackAdapter === true || /swiftshader|llvmpipe|basic render/i.test(name);
  return { name: name || 'unnamed', isSoftware, shaderF16: features.has('shader-f16') };
}

/** The part of `GPUAdapter` that is looked at; where its fallback is told differs among browsers. */
export interface Adapter {
  readonly info: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly features: ReadonlySet<string>;
  readonly isFallbackAdapter?: boolean;
}
