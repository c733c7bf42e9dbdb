-- Makes all changes of a batch or none.
--
-- ARGV[2]      '1' when the table must be at a position
-- ARGV[3], [4] its epoch and revision
-- ARGV[5]...   five for each change: '+' or '-', key, the version that must be there or '', lease in ms or '', value
--
-- Answers      'done', epoch, revision, '1' when there is a replica, '1' when watchers could not be told, each version
--              'conflict', epoch, revision, key
--              'position', epoch, revision

local FIRST, EACH = 5, 5

if ARGV[2] == '1' and (ARGV[3] ~= epoch or ARGV[4] ~= text(revision)) then
  return { 'position', epoch, text(revision) }
end

-- Each of the keys is looked at before anything is written: one that is of a foreign type fails here.
redis.call('HLEN', values)
redis.call('HLEN', leases)
redis.call('ZCARD', expiry)
local remembered = redis.call('ZCARD', removed)

local before, changes, puts = {}, 0, false
local hadLongest, hadShortest = longest, shortest
for i = FIRST, #ARGV, EACH do
  local key = ARGV[i + 1]
  before[i] = version(key)
  local wanted = ARGV[i + 2]
  if wanted ~= '' then
    if before[i] ~= 0 and redis.call('HEXISTS', values, key) == 0 then
      before[i] = 0
    end
    if wanted ~= text(before[i]) then
      return { 'conflict', epoch, text(revision), key }
    end
  end
  if ARGV[i] == '+' then
    changes = changes + 1
    puts = true
    local lease = tonumber(ARGV[i + 3])
    if lease then
      longest = math.max(longest, lease)
      shortest = shortest == 0 and lease or math.min(shortest, lease)
    end
  elseif before[i] ~= 0 then
    changes = changes + 1
  end
end

local replicated = string.find(info, 'state=online', 1, true) and '1' or '0'
local answer = { 'done', epoch, text(revision), replicated, '0' }

if changes > 0 then
  -- The first write: refused when memory is full, unless nothing is put.
  if not puts then
    passWhenFull()
  end
  if epoch == '' then
    redis.call('HSET', meta, 'format', FORMAT)
    begin(false)
  end
  if longest == hadLongest and shortest == hadShortest then
    redis.call('HSET', meta, 'revision', text(revision + changes))
  else
    redis.call('HSET', meta, 'revision', text(revision + changes), 'longest', text(longest), 'shortest', text(shortest))
  end

  local messages, valuesTold, keysTold = {}, 0, 0
  for i = FIRST, #ARGV, EACH do
    local key, value = ARGV[i + 1], ARGV[i + 4]
    if ARGV[i] == '+' then
      local lease = ARGV[i + 3]
      revision = revision + 1
      redis.call('HSET', values, key, value)
      local fresh = redis.call('ZADD', versions, text(revision), key)
      if lease ~= '' then
        redis.call('ZADD', expiry, text(now + tonumber(lease)), key)
        redis.call('HSET', leases, key, lease)
      elseif longest > 0 then
        redis.call('ZREM', expiry, key)
        redis.call('HDEL', leases, key)
      end
      if fresh == 1 and remembered > 0 then
        redis.call('ZREM', removed, 'R' .. key, 'E' .. key)
      end
      valuesTold = valuesTold + #value
      keysTold = keysTold + #key
      if valuesTold <= MOST_VALUES_TOLD and keysTold <= MOST_KEYS_TOLD then
        messages[#messages + 1] = told('P', key, value, lease == '' and '-' or lease)
      end
      answer[#answer + 1] = text(revision)
    elseif before[i] ~= 0 then
      revision = revision + 1
      redis.call('HDEL', values, key)
      redis.call('ZREM', versions, key)
      redis.call('ZREM', expiry, key)
      redis.call('HDEL', leases, key)
      redis.call('ZADD', removed, text(revision), 'R' .. key)
      remembered = remembered + 1
      keysTold = keysTold + #key
      if valuesTold <= MOST_VALUES_TOLD and keysTold <= MOST_KEYS_TOLD then
        messages[#messages + 1] = told('R', key, '', '-')
      end
      answer[#answer + 1] = text(revision)
    else
      answer[#answer + 1] = '0'
    end
  end
  if remembered > MOST_REMEMBERED then
    local surplus = redis.call('ZCARD', removed) - MOST_REMEMBERED
    if surplus > 0 then
      forget(surplus)
    end
  end
  publish(#messages == changes and messages or {})
  answer[2] = epoch
  answer[3] = text(revision)
  answer[5] = unpublished and '1' or '0'
else
  for i = FIRST, #ARGV, EACH do
    answer[#answer + 1] = '0'
  end
end
return answer
