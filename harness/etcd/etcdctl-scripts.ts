/** What etcdctl is asked to do; how a line is read is told in `etcdctl-session.ts`. */

export const SCRIPTS: Readonly<Record<string, string>> = {
  'put and get': `
    put a 1
    put a 2 --prev-kv
    put b 1
    put b << typed in
    get b
    put c 3 -w json
    put c 4 -w fields --prev-kv
    put a --ignore-value
    put nothing --ignore-value
    put a 1 --ignore-lease
    put '' x
    put 'k y' 'v w'
    put -- -dash -dash
    put bin '\u0001'
    get bin --hex
    get a
    get missing
    get a z
    get a z -w json
    get a z -w fields
    get '' --prefix
    get '' --from-key --limit=2
    get b --from-key --keys-only
    get a z --count-only -w fields
    get a --print-value-only
    get '' --prefix --sort-by=VERSION --order=DESCEND
    get '' --prefix --sort-by=MODIFY --order=ASCEND
    get '' --prefix --sort-by=CREATE --order=DESCEND --limit=1 -w json
    get '' --prefix --sort-by=VALUE --order=DESCEND --keys-only
    get '' --prefix --sort-by=KEY --order=DESCEND
    get a --rev=2
    get a --rev=3
    get a --rev=1000000
    get a --consistency=s
    get a --consistency=x
    get a b c
    get a --prefix --from-key
    get a -w table
  `,
  delete: `
    put a 1
    put ab 2
    put b 3
    put c 4
    put d 5
    del missing
    del a --prev-kv
    del a --prefix -w json
    del b c --prev-kv -w fields
    del c --from-key --prev-kv
    del ''
    get '' --prefix
  `,
  transactions: `
    put t 1
    txn << value("t") = "1"\\n\\nput t 2\\nget t\\n\\nput t 3\\n\\n
    txn -i << value("t") = "2"\\nversion("t") > "1"\\ncreate("t") != "0"\\nmod("t") < "100000"\\n\\nget t\\ndel u --prefix\\n\\nput u 1\\n\\n
    txn -w json << value("t") = "9"\\n\\nput t never\\n\\nput u 'x y'\\nget '' --prefix\\ndel u --prev-kv\\n\\n
    txn -w fields << version("t") = "2"\\n\\nget t\\nput t 4 --prev-kv\\n\\n\\n
    txn << \\nput t 5\\nput t 6\\n\\n\\n
    txn << \\n\\n\\n
    get t
  `,
  leases: `
    lease list
    L = lease grant 100
    put l1 v --lease={L}
    get l1 -w fields
    put l1 w --ignore-lease
    M = lease grant 5000 -w json
    lease list
    lease timetolive {L}
    lease timetolive {L} --keys
    lease timetolive {L} --keys -w json
    lease timetolive {L} --keys -w fields
    put l2 v --lease={L} -w json
    lease keep-alive --once {L}
    lease keep-alive --once {L} -w json
    lease keep-alive --once 1234567890abcdef
    lease revoke {L}
    lease revoke {L}
    lease timetolive {L}
    get l --prefix
    put l1 v --lease={L}
    lease grant 0
    lease grant 9000000001
    lease grant nothing
    lease timetolive zzz
  `,
  compaction: `
    put h 1
    put h 2
    put h 3
    del h
    put h 4
    compaction 4
    get h --rev=3
    get h --rev=4
    compaction 4
    compaction 3
    compaction 100000000
    compaction 5 --physical
    compaction 5 -w json
    compaction none
  `,
  watches: `
    put w 1
    put w 2
    del w
    put w 3
    put w2 x
    12: watch w --rev=2
    16: watch w --rev=2 --prev-kv
    15: watch w --rev=2 --prefix
    9: watch w w3 --rev=4
    1: watch w --rev=5 -w json
    5: watch w --rev=5 -w fields
    4: watch w --rev=5 -- echo changed
    4: watch w --rev=5 -- sh -c 'echo $ETCD_WATCH_REVISION $ETCD_WATCH_KEY $ETCD_WATCH_VALUE'
    3: watch -i << watch w2 --rev=2
    compaction 4
    watch w --rev=2
  `,
  'locks and elections': `
    lock m -- echo held
    lock m --ttl=20 -- sh -c 'echo $ETCD_LOCK_REV; exit 3'
    L = 1: lock m
    get m --prefix
    E = 2: elect e me
    get e --prefix
  `,
  'members and maintenance': `
    put a 1
    endpoint health
    endpoint health -w json
    endpoint status
    endpoint status -w json
    endpoint status -w fields
    endpoint hashkv
    put a 1
    endpoint hashkv
    endpoint hashkv -w json
    endpoint hashkv --rev=1
    endpoint status --cluster
    endpoint status --cluster -w json
    endpoint health --cluster
    endpoint hashkv --cluster
    defrag --cluster
    member list
    member list -w json
    member list -w fields
    alarm list
    alarm disarm
    defrag
    move-leader 1
    user list
    role list
    auth enable
    version
  `,
};
