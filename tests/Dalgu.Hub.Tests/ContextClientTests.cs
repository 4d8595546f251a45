using System.Net;
using Dalgu.Hub.Contexts;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>Which addresses the one guarded way out may lead to. Source: the IANA registries of special-purpose addresses (RFC 6890 and its updates).</summary>
public class ContextClientTests
{
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("203.253.64.1", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.0", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("100.128.0.0", true)]
    [InlineData("192.167.1.1", true)]
    [InlineData("2001:4860:4860::8888", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.8.8.8", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("192.0.0.8", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::1", false)] // 6to4 of 10.0.0.1
    public void An_address_is_public_or_not(string address, bool isPublic) => Assert.Equal(isPublic, ContextClient.IsPublic(IPAddress.Parse(address)));
}
