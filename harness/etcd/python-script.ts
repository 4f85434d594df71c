/** What is asked of a server through python3-etcd3; it prints one line if all is as it should be. */
export const PYTHON_SCRIPT: string = `
import sys, etcd3
client = etcd3.client(host='127.0.0.1', port=int(sys.argv[1]), timeout=10)

def same(got, wanted):
    assert got == wanted, '%r is not %r' % (got, wanted)

client.put('a', '1')
client.put('ab', b'\\x00\\xff')
value, meta = client.get('a')
same((value, meta.key, meta.version, meta.create_revision, meta.mod_revision), (b'1', b'a', 1, 2, 2))
same(client.get('missing'), (None, None))
same([v for v, _ in client.get_prefix('a')], [b'1', b'\\x00\\xff'])
same([v for v, _ in client.get_prefix('a', sort_order='descend')], [b'\\x00\\xff', b'1'])
same(client.delete('nothing'), False)
same(client.delete('ab'), True)
same(client.replace('a', '1', '2'), True)
same(client.replace('a', '1', '3'), False)
same(client.put_if_not_exists('a', 'x'), False)

ok, responses = client.transaction(
    compare=[client.transactions.value('a') == '2', client.transactions.version('a') > 1],
    success=[client.transactions.put('t', 'then'), client.transactions.get('a')],
    failure=[client.transactions.delete('a')])
same((ok, responses[1][0][0]), (True, b'2'))

lease = client.lease(20)
client.put('leased', 'v', lease=lease)
same(lease.granted_ttl, 20)
same(lease.keys, [b'leased'])
same(lease.refresh()[0].TTL, 20)
lease.revoke()
same(client.get('leased')[0], None)

events, cancel = client.watch('w', start_revision=client.get_response('w').header.revision + 1)
client.put('w', '1')
client.delete('w')
event = next(events)
same((type(event).__name__, event.value), ('PutEvent', b'1'))
same(type(next(events)).__name__, 'DeleteEvent')
cancel()

lock = client.lock('l', ttl=20)
same(lock.acquire(timeout=5), True)
same(lock.is_acquired(), True)
same(len(list(client.get_prefix('/locks/l'))), 1)
same(lock.release(), True)

revision = client.put('last', 'v').header.revision
client.compact(revision)
try:
    client.compact(revision)
    assert False, 'a revision was compacted twice'
except Exception as error:
    assert 'compacted' in str(getattr(error, 'details', lambda: error)()), repr(error)
same(client.status().version, '3.4.23')
same([member.name for member in client.members], ['default'])
same(list(client.list_alarms()), [])
client.defragment()
print('all is as it should be')
`;
