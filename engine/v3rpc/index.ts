/**
 * The door of the server: a store served to clients of etcd.
 *
 *     import { open } from 'varve';
 *     import { serve } from 'varve/server';
 *     const server = await serve(await open('data'), { listen: '127.0.0.1:2379' });
 */
export { ETCD_VERSION } from './maintenance.ts';
export type { ServeOptions, TlsOptions } from './options.ts';
export { type Server, serve } from './server.ts';
export { type TestServer, type TestServerOptions, testServer } from './test-server.ts';
