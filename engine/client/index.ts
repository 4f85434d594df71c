/**
 * The client's door, `varve/client`: the same Store interface, with a server behind it.
 *
 *     import { connect } from 'varve/client';
 *     const store = await connect('http://127.0.0.1:2379');
 *     await store.put('greeting', 'hello');
 */
export { connect } from './connect.ts';
export type { AuthOptions, ConnectOptions, TlsOptions } from './options.ts';
export type { Store } from '../types.ts';
