// The two Web-standard classes every host of ours has (Node, browsers, workers); ES2023 alone does not declare them.
interface TextEncoder {
  encode(text: string): Uint8Array;
}
declare const TextEncoder: new () => TextEncoder;
interface TextDecoder {
  decode(bytes: Uint8Array): string;
}
declare const TextDecoder: new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }) => TextDecoder;
