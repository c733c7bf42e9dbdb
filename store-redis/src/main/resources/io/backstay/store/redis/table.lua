-- What every operation on a table begins with; put in front of each of the other scripts.
--
-- KEYS     1 meta, 2 values, 3 versions, 4 expiry, 5 leases, 6 removed: see docs/redis-layout.md
-- ARGV[1]  the channel of the table
--
-- Answers are arrays of texts, since a number of Lua would lose digits. The first says what came of it.

local FORMAT = '1'

-- A pause of the sweeper that is no more than its period and some delay, in ms.
local SHORT_PAUSE = 2000

-- More changes than a server can have made that its replica never saw.
local LOST_CHANGES = 1000000

-- In octets: a message that is longer tells the position alone.
local MOST_VALUES_TOLD = 4096
local MOST_KEYS_TOLD = 16384

local meta, values, versions = KEYS[1], KEYS[2], KEYS[3]
local expiry, leases, removed = KEYS[4], KEYS[5], KEYS[6]
local channel = ARGV[1]

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local micros = clock[1] * 1000000 + clock[2]

local function text(number)
  return string.format('%.0f', number)
end

-- Memory may be full. Then Redis refuses the first write of a script if that may need memory, and lets all that follow pass. So
-- what must pass begins with a write that needs none and does nothing.
local function passWhenFull()
  redis.call('PERSIST', meta)
end

local info = redis.call('INFO', 'replication')
if not string.find(info, 'role:master', 1, true) then
  return redis.error_reply('READONLY this is a replica')
end
local at = string.find(info, 'master_replid:', 1, true)
local server = string.sub(info, at + 14, at + 53)

local kept = redis.call('HMGET', meta,
    'format', 'epoch', 'replid', 'revision', 'floor', 'swept', 'held', 'longest', 'shortest')
if kept[1] and kept[1] ~= FORMAT then
  return { 'format', kept[1] }
end

local epoch = kept[2] or ''
local revision = tonumber(kept[4] or 0)
-- Removals up to here have been forgotten.
local floor = tonumber(kept[5] or 0)
-- When the sweeper last came by, in ms.
local swept = tonumber(kept[6] or 0)
-- From when on each lease counts once more, in ms.
local held = tonumber(kept[7] or 0)
-- Of all leases ever written, in ms; 0 when there was none.
local longest = tonumber(kept[8] or 0)
local shortest = tonumber(kept[9] or 0)

-- Tells whoever watches; nobody is waited for. Without the right to it the change stands all the same.
local unpublished = false
local function publish(changes)
  local told = redis.pcall('PUBLISH', channel,
      '1 ' .. epoch .. ' ' .. text(revision) .. ' ' .. #changes .. '\n' .. table.concat(changes))
  if type(told) == 'table' and told.err then
    unpublished = true
  end
end

-- One change in a message. The lease is '-' for none.
local function told(kind, key, value, lease)
  return kind .. ' ' .. #key .. ' ' .. #value .. ' ' .. lease .. '\n' .. key .. value
end

-- A new life of the table: it is new, or another server has it, or this one was started again, and changes may have been lost.
-- Its revisions begin beyond all that can have been given before, and every lease counts anew.
local function begin(told)
  passWhenFull()
  redis.call('UNLINK', removed)
  revision = math.max(micros, revision + LOST_CHANGES)
  floor = revision
  epoch = text(micros) .. '-' .. string.sub(server, 1, 8)
  swept = now
  held = now
  redis.call('HSET', meta, 'format', FORMAT, 'epoch', epoch, 'replid', server, 'revision', text(revision),
      'floor', text(floor), 'swept', text(now), 'held', text(now), 'longest', text(longest), 'shortest', text(shortest))
  if told then
    publish({})
  end
end

if kept[1] then
  if kept[3] ~= server then
    begin(true)
  elseif now < swept - 1000 then
    -- The clock went back. Leases stay for longer by as much.
    passWhenFull()
    swept = now
    redis.call('HSET', meta, 'swept', text(now))
  elseif longest > 0 and now - swept > math.max(SHORT_PAUSE, shortest / 3) then
    -- The server stood still, or nobody could reach it: nobody could renew.
    passWhenFull()
    swept = now
    held = now
    redis.call('HSET', meta, 'swept', text(now), 'held', text(now))
  end
elseif redis.call('EXISTS', versions) == 1 then
  -- Somebody took the meta data and nothing else. How long the leases are is no longer known.
  longest = 366 * 24 * 3600 * 1000
  begin(true)
end

-- How many removals are remembered.
local MOST_REMEMBERED = 10000

-- Forgets the oldest removals; a reader who is further back than the last of them must begin anew.
local function forget(count)
  local latest = redis.call('ZRANGE', removed, count - 1, count - 1, 'WITHSCORES')
  floor = math.max(floor, tonumber(latest[2]))
  redis.call('ZREMRANGEBYRANK', removed, 0, count - 1)
  redis.call('HSET', meta, 'floor', text(floor))
end

-- When an entry's lease ends, in ms; false for one that stays.
local function ends(key)
  local score = redis.call('ZSCORE', expiry, key)
  if not score then
    return false
  end
  local time = tonumber(score)
  if held + longest > time then
    local lease = redis.call('HGET', leases, key)
    if lease then
      time = math.max(time, held + tonumber(lease))
    end
  end
  return time
end

-- The version of an entry, and when its lease ends; 0 when it is not there, or its lease has ended.
local function version(key)
  local score = redis.call('ZSCORE', versions, key)
  if not score then
    return 0
  end
  local time = ends(key)
  if time and time <= now then
    return 0
  end
  return tonumber(score), time
end

-- What is left of a lease that ends at a time, as a text in ms; '-' for none.
local function left(time)
  return time and text(math.max(0, time - now)) or '-'
end
