-- Lets entries stay for longer. No change: the revision stays, and nobody is told.
--
-- ARGV[2]...  three for each lease: key, version, lease in ms
--
-- Answers     'done', then the keys that are gone or at another version

local answer = { 'done' }
local newLongest, newShortest = longest, shortest

-- The only write of most calls, and memory may be full.
local function extend(key, time)
  local done = redis.pcall('ZADD', expiry, 'XX', time, key)
  if type(done) == 'table' and done.err then
    passWhenFull()
    redis.call('ZADD', expiry, 'XX', time, key)
  end
end

for i = 2, #ARGV, 3 do
  local key = ARGV[i]
  local found, ending = version(key)
  if found ~= tonumber(ARGV[i + 1]) or found == 0 then
    answer[#answer + 1] = key
  elseif ending then
    -- An entry without a lease stays as it is.
    local lease = tonumber(ARGV[i + 2])
    extend(key, now + lease)
    -- Where all leases have one length, this one has it too.
    if (lease ~= longest or lease ~= shortest) and tonumber(redis.call('HGET', leases, key)) ~= lease then
      redis.call('HSET', leases, key, ARGV[i + 2])
      newLongest = math.max(newLongest, lease)
      newShortest = math.min(newShortest, lease)
    end
  end
end
if newLongest ~= longest or newShortest ~= shortest then
  redis.call('HSET', meta, 'longest', text(newLongest), 'shortest', text(newShortest))
end
return answer
