/**
 * Service Auth: there is none, and it says so as an etcd does whose authentication is off (R158). A client
 * that was given a name and a password goes on without when it hears that.
 */
import { type handleUnaryCall, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { create } from '@bufbuild/protobuf';
import {
  AuthDisableResponseSchema,
  AuthRoleListResponseSchema,
  AuthUserListResponseSchema,
} from '../wire/generated/rpc_pb.ts';
import { StatusError, unary } from './grpc.ts';
import { type HeaderInit, headerOf, type Serving } from './serving.ts';

const refuse = (text: string): handleUnaryCall<unknown, unknown> =>
  unary(() => {
    throw new StatusError(status.FAILED_PRECONDITION, text);
  });

/** AuthStatus is left out: the version that is served does not have it. */
export function authHandlers(serving: Serving): UntypedServiceImplementation {
  const header = (): HeaderInit => headerOf(serving, serving.insides.core.shownRevision);
  return {
    authenticate: refuse('etcdserver: authentication is not enabled'),
    authEnable: refuse('etcdserver: root user does not exist'),
    authDisable: unary(() => create(AuthDisableResponseSchema, { header: header() })),
    userList: unary(() => create(AuthUserListResponseSchema, { header: header() })),
    roleList: unary(() => create(AuthRoleListResponseSchema, { header: header() })),
  };
}
