-- Takes away what has expired, a hundred at a time, and forgets old removals. Comes to nothing when somebody has just done it.
--
-- ARGV[2]  '1' to go on where the call before has left off
--
-- Answers  'swept', '1' when there is more to do, '1' when it was done here, the shortest lease in ms, how many have expired

local MOST_AT_ONCE = 100
local JUST_NOW = 700

-- How long removals are remembered at least, in ms, and at most twice that; how many are forgotten at once.
local REMEMBERED_FOR = 600000
local FORGOTTEN_AT_ONCE = 1000

if epoch == '' then
  -- Nothing is there. Whoever knows of something else must hear that it has been lost.
  begin(true)
  return { 'swept', '0', '1', '0', '0' }
end
if ARGV[2] ~= '1' and now - swept < JUST_NOW then
  return { 'swept', '0', '0', text(shortest), '0' }
end
passWhenFull()

local due = redis.call('ZRANGEBYSCORE', expiry, '-inf', text(now), 'LIMIT', 0, MOST_AT_ONCE)
local messages, keysTold, expired = {}, 0, 0
for _, key in ipairs(due) do
  local time = ends(key)
  if time > now then
    -- Held for one lease more.
    redis.call('ZADD', expiry, 'XX', text(time), key)
  else
    expired = expired + 1
    revision = revision + 1
    redis.call('ZREM', expiry, key)
    redis.call('HDEL', leases, key)
    redis.call('HDEL', values, key)
    redis.call('ZREM', versions, key)
    redis.call('ZADD', removed, text(revision), 'E' .. key)
    keysTold = keysTold + #key
    messages[expired] = told('E', key, '', '-')
  end
end

-- Removals: too many, or older than the mark before the last.
local marks = redis.call('HMGET', meta, 'marked', 'mark', 'old', 'strays')
local marked, mark, old = tonumber(marks[1] or 0), tonumber(marks[2] or 0), tonumber(marks[3] or 0)
local fields = { 'swept', text(now), 'revision', text(revision) }
if now - marked > REMEMBERED_FOR then
  old = mark
  mark = revision
  fields = { 'swept', text(now), 'revision', text(revision), 'marked', text(now), 'mark', text(mark), 'old', text(old) }
end
local surplus = math.max(redis.call('ZCARD', removed) - MOST_REMEMBERED,
    old == 0 and 0 or redis.call('ZCOUNT', removed, '-inf', text(old)))
local forgotten = math.min(surplus, FORGOTTEN_AT_ONCE)
if forgotten > 0 then
  forget(forgotten)
end

-- Values and versions belong together. When somebody has taken of one alone, readers must read all anew.
local strays = text(redis.call('HLEN', values) - redis.call('ZCARD', versions))
if strays ~= (marks[4] or '0') then
  fields[#fields + 1] = 'strays'
  fields[#fields + 1] = strays
end
redis.call('HSET', meta, unpack(fields))
if strays ~= (marks[4] or '0') then
  begin(true)
elseif expired > 0 then
  publish(keysTold <= MOST_KEYS_TOLD and messages or {})
end

local more = #due == MOST_AT_ONCE or surplus > forgotten
return { 'swept', more and '1' or '0', '1', text(shortest), text(expired) }
