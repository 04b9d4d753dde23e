/** A number or string that is an identifier: not to be mixed up with others of the same primitive type. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };
