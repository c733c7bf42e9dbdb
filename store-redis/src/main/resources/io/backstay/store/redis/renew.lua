-- Lets entries stay for longer. No change: the revision stays, and nobody is told.
--
-- ARGV[2]...  three for each lease: key, version, lease in ms
--
-- Answers     'done', then the keys that are gone or at another version

local answer = { 'done' }
local newLongest, newShortest = longest, shortest
passWhenFull()
for i = 2, #ARGV, 3 do
  local key, lease = ARGV[i], ARGV[i + 2]
  if text(version(key)) ~= ARGV[i + 1] then
    answer[#answer + 1] = key
  elseif redis.call('ZSCORE', expiry, key) then
    -- An entry without a lease stays as it is.
    redis.call('ZADD', expiry, 'XX', text(now + tonumber(lease)), key)
    if redis.call('HGET', leases, key) ~= lease then
      redis.call('HSET', leases, key, lease)
      newLongest = math.max(newLongest, tonumber(lease))
      newShortest = math.min(newShortest, tonumber(lease))
    end
  end
end
if newLongest ~= longest or newShortest ~= shortest then
  redis.call('HSET', meta, 'longest', text(newLongest), 'shortest', text(newShortest))
end
return answer
